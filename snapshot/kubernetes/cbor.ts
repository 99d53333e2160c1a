/** Self-describe tag 55799 (RFC 8949 §3.4.6), with which the API server begins every CBOR value. */
const SELF_DESCRIBE = Buffer.from([0xd9, 0xd9, 0xf7]);
const MAX_DEPTH = 64;

export function isCbor(value: Buffer): boolean {
  return value.length > SELF_DESCRIBE.length && value.subarray(0, SELF_DESCRIBE.length).equals(SELF_DESCRIBE);
}

/** Decodes a value that {@link isCbor}; undefined when it is malformed. Byte strings are text, as the API server writes them. */
export function decodeCbor(value: Buffer): unknown {
  const reader = new CborReader(value, SELF_DESCRIBE.length);
  try {
    return reader.item(0);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The data model of JSON in CBOR (RFC 8949), as `k8s.io/apimachinery/pkg/runtime/serializer/cbor` uses it. */
class CborReader {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  item(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new RangeError("nested too deeply");
    const initial = this.bytes.readUInt8(this.at++);
    const major = initial >> 5;
    const detail = initial & 0x1f;
    if (major === 7) return this.simple(detail);
    const argument = this.argument(detail);
    switch (major) {
      case 0:
        return toNumber(argument);
      case 1:
        return toNumber(-1n - argument);
      case 2:
      case 3:
        return this.text(argument);
      case 4:
        return this.list(argument, depth);
      case 5:
        return this.map(argument, depth);
      default:
        return this.item(depth + 1); // a tag: its content says what it is
    }
  }

  private argument(detail: number): bigint {
    if (detail < 24) return BigInt(detail);
    const bytes = 1 << (detail - 24);
    if (bytes > 8) throw new RangeError("indefinite length");
    const start = this.at;
    this.at += bytes;
    return bytes === 8 ? this.bytes.readBigUInt64BE(start) : BigInt(this.bytes.readUIntBE(start, bytes));
  }

  private text(length: bigint): string {
    const end = this.at + this.within(length);
    const text = this.bytes.toString("utf8", this.at, end);
    this.at = end;
    return text;
  }

  private list(length: bigint, depth: number): unknown[] {
    const items: unknown[] = [];
    for (let i = this.within(length); i > 0; i--) items.push(this.item(depth + 1));
    return items;
  }

  private map(length: bigint, depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (let i = this.within(length); i > 0; i--) {
      const key = this.item(depth + 1);
      entries.push([String(key), this.item(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  private simple(detail: number): unknown {
    const start = this.at;
    if (detail === 20 || detail === 21) return detail === 21;
    if (detail === 22) return null;
    if (detail === 26) this.at += 4;
    if (detail === 27) this.at += 8;
    if (detail === 26) return this.bytes.readFloatBE(start);
    if (detail === 27) return this.bytes.readDoubleBE(start);
    throw new RangeError(`simple value ${detail}`);
  }

  /** A length or count cannot be larger than the bytes that are left. */
  private within(length: bigint): number {
    if (length > BigInt(this.bytes.length - this.at)) throw new RangeError("longer than the value");
    return Number(length);
  }
}

function toNumber(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
