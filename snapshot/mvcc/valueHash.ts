import { randomBytes } from "node:crypto";
import type { KeyRecord } from "./keyRecord";

const seeds = new Int32Array(Uint8Array.from(randomBytes(16)).buffer);
const SEED_1 = seeds[0] ?? 0;
const SEED_2 = seeds[1] ?? 0;
const SEED_3 = seeds[2] ?? 0;
const SEED_4 = seeds[3] ?? 0;
const PRIME_1 = 0x9e37_79b1 | 0;
const PRIME_2 = 0x85eb_ca77 | 0;

/**
 * A seeded 64-bit hash of a value, in the manner of XXH32: four lanes of 32 bits, which the processor computes side by
 * side. Two values of one length that differ have the same hash with a probability of about 2^-32, and nobody can aim
 * for it. One object is used again and again.
 */
export class ValueHash {
  first = 0;
  second = 0;

  /** Hashes the value of a record into `first` and `second`. */
  update({ view, valueStart, valueEnd }: KeyRecord): void {
    let a = SEED_1;
    let b = SEED_2;
    let c = SEED_3;
    let d = SEED_4;
    let at = valueStart;
    for (; at + 16 <= valueEnd; at += 16) {
      a = round(a, view.getInt32(at, true));
      b = round(b, view.getInt32(at + 4, true));
      c = round(c, view.getInt32(at + 8, true));
      d = round(d, view.getInt32(at + 12, true));
    }
    for (; at + 4 <= valueEnd; at += 4) a = round(a, view.getInt32(at, true));
    for (; at < valueEnd; at++) b = round(b, view.getUint8(at));
    this.first = finish(a, b, c, d);
    this.second = finish(d, c, b, a);
  }
}

/** Reversible in each argument: two values that differ in one word never have the same lane. */
function round(lane: number, word: number): number {
  const sum = (lane + word) | 0;
  return Math.imul((sum << 13) | (sum >>> 19), PRIME_1);
}

function finish(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(round(round(round(a, b), c), d), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_1);
  return hash ^ (hash >>> 13);
}
