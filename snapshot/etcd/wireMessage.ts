/** What a field of a message may hold; a message names its own fields. */
export type FieldType = "varint" | "bytes" | MessageFields;

/** The fields of a message by number. Others are skipped, as protobuf wants it. */
export interface MessageFields {
  readonly [field: number]: FieldType;
}

/** The last value of each varint field of a message, and whether it can be read at all. */
export type MessageReading = ReadonlyMap<number, bigint> | undefined;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;

/**
 * Reads a message as strictly as the code that etcd generates for it (gogo/protobuf's `Unmarshal`, which etcd panics
 * after): known fields in their own wire type, lengths inside of the message, unknown fields skipped.
 *
 * @returns undefined for bytes that are no such message
 */
export function readMessage(bytes: Buffer, fields: MessageFields): MessageReading {
  return new MessageReader(bytes).read(fields);
}

class MessageReader {
  private readonly varints = new Map<number, bigint>();
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  read(fields: MessageFields): MessageReading {
    while (this.at < this.bytes.length) {
      const tag = this.varint();
      if (tag === undefined) return undefined;
      const number = Number(BigInt.asIntN(32, tag >> 3n));
      const wire = Number(tag & 7n);
      if (number <= 0 || !this.field(number, wire, fields[number])) return undefined;
    }
    return this.varints;
  }

  private field(number: number, wire: number, type: FieldType | undefined): boolean {
    if (type === undefined) return this.skip(wire);
    if (type !== "varint") {
      const part = wire === BYTES ? this.part() : undefined;
      return part !== undefined && (type === "bytes" || readMessage(part, type) !== undefined);
    }
    const value = wire === VARINT ? this.varint() : undefined;
    if (value !== undefined) this.varints.set(number, value);
    return value !== undefined;
  }

  private skip(wire: number): boolean {
    // groups may hold groups: counted instead of called, so that no depth is too deep
    for (let depth = 0; ; ) {
      if (wire === GROUP) depth++;
      else if (wire === END_GROUP) depth--;
      else if (!this.skipValue(wire)) return false;
      if (depth <= 0) return depth === 0;
      const tag = this.varint();
      if (tag === undefined) return false;
      wire = Number(tag & 7n);
    }
  }

  private skipValue(wire: number): boolean {
    if (wire === VARINT) return this.varint() !== undefined;
    if (wire === BYTES) return this.part() !== undefined;
    if (wire !== FIXED64 && wire !== FIXED32) return false;
    this.at += wire === FIXED64 ? 8 : 4;
    return this.at <= this.bytes.length;
  }

  private part(): Buffer | undefined {
    const length = this.varint();
    if (length === undefined || length > BigInt(this.bytes.length - this.at)) return undefined;
    const start = this.at;
    this.at += Number(length);
    return this.bytes.subarray(start, this.at);
  }

  private varint(): bigint | undefined {
    let value = 0n;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return undefined;
  }
}
