import { createHash } from "node:crypto";

/** Whether two streams hold the same bytes. */
export async function sameBytes(
  one: AsyncIterable<Uint8Array>,
  other: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const [a, b] = await Promise.all([digestOf(one), digestOf(other)]);
  return a === b;
}

/** SHA-256 of a stream, in hex. */
export async function digestOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest("hex");
}
