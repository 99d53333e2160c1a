/** No header of a frame is longer, and no frame is shorter (RFC 8878 §3.1.1). */
const [LONGEST_HEADER, SHORTEST_FRAME] = [18, 9];
const BLOCK_HEADER_BYTES = 3;
const RLE_BLOCK = 1;

/**
 * Whether one frame of zstd has come to its end, seen from its bytes as they pass: Node 22 takes what has come of a cut
 * frame for all of it.
 */
export class FrameEnd {
  /** A header that is not all there. */
  private head = Buffer.alloc(0);
  /** Bytes that pass before the next header, or before the end. */
  private passing = 0;
  private checksumBytes: number | undefined;
  private isLast = false;

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    const bytes = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk]);
    this.head = Buffer.from(bytes.subarray(this.walk(bytes, LONGEST_HEADER)));
  }

  /** @throws Error when bytes are missing */
  finish(): void {
    if (this.checksumBytes === undefined) this.walk(this.head, SHORTEST_FRAME);
    if (!this.isLast || this.passing > 0) throw new Error("it ends too early");
  }

  /** @returns where a header begins that is not all there; behind all bytes when there is none */
  private walk(bytes: Buffer, least: number): number {
    for (let at = 0; ; ) {
      const passed = Math.min(this.passing, bytes.length - at);
      this.passing -= passed;
      at += passed;
      if (this.isLast || at === bytes.length) return bytes.length;
      const isBegun = this.checksumBytes !== undefined;
      if (bytes.length - at < (isBegun ? BLOCK_HEADER_BYTES : least)) return at;
      at += isBegun ? this.block(bytes.readUIntLE(at, BLOCK_HEADER_BYTES)) : this.begin(bytes.subarray(at));
    }
  }

  /** @returns how long the frame's header is */
  private begin(bytes: Buffer): number {
    const descriptor = bytes.readUInt8(4);
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const windowBytes = isSingleSegment ? 0 : 1;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    this.checksumBytes = (descriptor & 4) === 0 ? 0 : 4;
    return 5 + windowBytes + dictionaryBytes + sizeBytes;
  }

  private block(header: number): number {
    const isRepeated = ((header >> 1) & 3) === RLE_BLOCK;
    this.isLast = (header & 1) === 1;
    this.passing = (isRepeated ? 1 : header >> 3) + (this.isLast ? (this.checksumBytes ?? 0) : 0);
    return BLOCK_HEADER_BYTES;
  }
}
