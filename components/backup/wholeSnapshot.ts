import { createWriteStream } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StreamDigest } from "../../snapshot/streamDigest";

/** Lets a stream pass, and tells at its end whether it was a whole snapshot. */
export class TrailerCheck extends Transform {
  private readonly digest = new StreamDigest();

  /** Bytes so far. */
  get bytes(): number {
    return this.digest.bytes;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null, data?: Buffer) => void) {
    this.digest.update(chunk);
    done(null, chunk);
  }

  /** Whether what has come is a whole snapshot. Ask once, at the end. */
  isWhole(): boolean {
    return this.digest.finish().isWhole;
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
