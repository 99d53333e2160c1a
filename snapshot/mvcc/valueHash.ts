import { randomBytes } from "node:crypto";
import type { KeyRecord } from "./keyRecord";

const seeds = new Int32Array(Uint8Array.from(randomBytes(16)).buffer);
const PRIME_1 = 0x9e37_79b1 | 0;
const PRIME_2 = 0x85eb_ca77 | 0;

/**
 * A seeded 64-bit hash of a record's value in the manner of XXH32: four lanes of 32 bits, which the processor computes
 * side by side. Two values that differ have the same one with a probability below 2^-32, and nobody can aim for it.
 */
export function valueHash({ view, valueStart, valueEnd }: KeyRecord): [number, number] {
  let [a, b, c, d] = [seeds[0] ?? 0, seeds[1] ?? 0, seeds[2] ?? 0, seeds[3] ?? 0];
  let at = valueStart;
  for (; at + 16 <= valueEnd; at += 16) {
    a = round(a, view.getInt32(at, true));
    b = round(b, view.getInt32(at + 4, true));
    c = round(c, view.getInt32(at + 8, true));
    d = round(d, view.getInt32(at + 12, true));
  }
  for (; at < valueEnd; at++) a = round(a, view.getUint8(at));
  return [finish(a, b, c, d), finish(d, c, b, a)];
}

function round(lane: number, word: number): number {
  const sum = (lane + Math.imul(word, PRIME_2)) | 0;
  return Math.imul((sum << 13) | (sum >>> 19), PRIME_1);
}

function finish(a: number, b: number, c: number, d: number): number {
  let hash = round(round(round(a, b), c), d);
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  return hash ^ (hash >>> 13);
}
