/** Field of `SnapshotResponse` that carries the snapshot (`etcdProto.ts`). */
const BLOB = 3;
const PREFIX_BYTES = 5;
/** A tag and a length, or a value, as varints of at most ten bytes each. */
const HEAD_BYTES = 20;

interface Field {
  readonly number: number;
  /** Of its head. */
  readonly bytes: number;
  /** Of what follows its head. */
  readonly length: number;
}

/**
 * Takes the blobs out of a gRPC stream of `SnapshotResponse`s as it comes, without putting messages together: a snapshot
 * is tens of thousands of them. What it answers are parts of what it is given.
 */
export class SnapshotFrames {
  private rest: Buffer = Buffer.alloc(0);
  /** Bytes left of this message, and of its field; whether the field is a blob. */
  private message = 0;
  private field = 0;
  private isBlob = false;

  /** @returns pieces of blobs, in order. @throws Error when it is no such stream */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const pieces: Buffer[] = [];
    let at = 0;
    while (at < bytes.length) {
      const taken = this.field > 0 ? this.take(bytes, at, pieces) : this.head(bytes, at);
      if (taken === 0) break;
      at += taken;
    }
    this.rest = bytes.subarray(at);
    if (this.rest.length > HEAD_BYTES) throw malformed();
    return pieces;
  }

  /** @throws Error when the stream ended within a message */
  finish(): void {
    if (this.rest.length + this.message > 0) throw malformed();
  }

  private take(bytes: Buffer, at: number, pieces: Buffer[]): number {
    const piece = bytes.subarray(at, at + this.field);
    if (this.isBlob) pieces.push(piece);
    this.field -= piece.length;
    this.message -= piece.length;
    return piece.length;
  }

  /** Of a message or of a field. @returns its bytes; 0 when they are not all there */
  private head(bytes: Buffer, at: number): number {
    if (this.message === 0) {
      if (bytes.length - at < PREFIX_BYTES) return 0;
      if (bytes.readUInt8(at) !== 0) throw malformed();
      this.message = bytes.readUInt32BE(at + 1);
      return PREFIX_BYTES;
    }
    const found = fieldAt(bytes.subarray(at, at + Math.min(this.message, HEAD_BYTES)));
    if (found === undefined) {
      if (bytes.length - at >= Math.min(this.message, HEAD_BYTES)) throw malformed();
      return 0;
    }
    this.message -= found.bytes;
    if (found.length > this.message) throw malformed();
    this.field = found.length;
    this.isBlob = found.number === BLOB;
    return found.bytes;
  }
}

const malformed = (): Error => new Error("the answer is no stream of snapshots");

/** Undefined while it is not all there. */
function fieldAt(bytes: Buffer): Field | undefined {
  const tag = varintAt(bytes, 0);
  if (tag === undefined) return undefined;
  const number = Math.floor(tag.value / 8);
  const after = { number, bytes: tag.end };
  switch (tag.value % 8) {
    case 0: {
      const value = varintAt(bytes, tag.end);
      return value && { number, bytes: value.end, length: 0 };
    }
    case 1:
      return { ...after, length: 8 };
    case 2: {
      const length = varintAt(bytes, tag.end);
      return length && { number, bytes: length.end, length: length.value };
    }
    case 5:
      return { ...after, length: 4 };
    default:
      throw malformed();
  }
}

/** Values beyond 2^53 lose their last bits: only small ones are looked at. */
function varintAt(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let n = 0; n < 10 && at + n < bytes.length; n++) {
    const byte = bytes.readUInt8(at + n);
    value += (byte & 0x7f) * 2 ** (7 * n);
    if (byte < 0x80) return { value, end: at + n + 1 };
  }
  return undefined;
}
