import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

const digestBytes = 32;
const sectorBytes = 512;

/** The stream's own proof: the last 32 bytes of a snapshot are the SHA-256 of everything before. */
export class TrailerCheck extends Transform {
  private readonly hash = createHash("sha256");
  private tail: Buffer = Buffer.alloc(0);
  /** Bytes so far. */
  bytes = 0;

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null, data?: Buffer) => void) {
    this.bytes += chunk.length;
    const known = Buffer.concat([this.tail, chunk]);
    const body = Math.max(0, known.length - digestBytes);
    this.hash.update(known.subarray(0, body));
    this.tail = known.subarray(body);
    done(null, chunk);
  }

  /** Whether what has come is a whole snapshot. Ask once, at the end. */
  isWhole(): boolean {
    return this.bytes % sectorBytes === digestBytes && this.hash.digest().equals(this.tail);
  }
}

/**
 * Writes a stream into a file and proves that it is a whole snapshot. Readable by its owner alone.
 *
 * @param seconds longest time
 * @throws Error that says why it is not
 */
export async function receiveSnapshot(
  source: NodeJS.ReadableStream,
  path: string,
  seconds: number,
): Promise<number> {
  const check = new TrailerCheck();
  const signal = AbortSignal.timeout(seconds * 1000);
  const late = new Promise<never>((_, failed) => {
    signal.addEventListener("abort", () => failed(new Error(`it did not arrive within ${seconds} s`)));
  });
  const file = createWriteStream(path, { mode: 0o600, flush: true });
  await Promise.race([pipeline(source, check, file, { signal }), late]);
  if (!check.isWhole()) throw new Error(`it did not arrive whole (${check.bytes} bytes)`);
  return check.bytes;
}
