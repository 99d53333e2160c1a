import { createHash } from "node:crypto";

const digestBytes = 32;
const sectorBytes = 512;

/**
 * The digest of a snapshot that comes as a stream, and the stream's own proof: its last 32 bytes are the SHA-256 of
 * everything before them. One hash tells both.
 */
export class StreamDigest {
  private readonly hash = createHash("sha256");
  private tail: Buffer = Buffer.alloc(0);
  /** Bytes so far. */
  bytes = 0;

  update(chunk: Buffer): void {
    this.bytes += chunk.length;
    const known = chunk.length >= digestBytes ? chunk : Buffer.concat([this.tail, chunk]);
    if (known === chunk) this.hash.update(this.tail);
    const body = Math.max(0, known.length - digestBytes);
    this.hash.update(known.subarray(0, body));
    // a copy: what is kept of a chunk would keep all of it
    this.tail = Buffer.from(known.subarray(body));
  }

  /** Whether what has come is a whole snapshot, and the SHA-256 of its content and of all of it in hex. Ask once, at the end. */
  finish(): { readonly isWhole: boolean; readonly contentSha256: string; readonly sha256: string } {
    const content = this.hash.copy().digest();
    const isWhole = this.bytes % sectorBytes === digestBytes && content.equals(this.tail);
    const sha256 = this.hash.update(this.tail).digest("hex");
    return { isWhole, contentSha256: content.toString("hex"), sha256 };
  }
}
