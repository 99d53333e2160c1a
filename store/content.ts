import { createReadStream } from "node:fs";
import { Readable } from "node:stream";

/** Bytes that are to be stored; can be read more than once. */
export interface Content {
  /** The file that holds exactly these bytes, where one does: some stores copy it without reading it. */
  readonly path?: string;
  open(): Readable;
}

/** A file's bytes. */
export function fileContent(path: string): Content {
  return { path, open: () => createReadStream(path, { highWaterMark: 1 << 20 }) };
}

/** Bytes in memory. */
export function bytesContent(bytes: string | Uint8Array): Content {
  return { open: () => Readable.from([Buffer.from(bytes)], { objectMode: false }) };
}

/** A stream's bytes, at most so many. @throws what the stream ends with; RangeError beyond the limit */
export async function bytesOf(stream: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limit) throw new RangeError(`more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
