import { randomBytes } from "node:crypto";

/** Random for each process, so that nobody can make a file whose keys meet in a table, or look equal. */
const processKey = new Uint32Array(Uint8Array.from(randomBytes(8)).buffer);
const [OWN_KEY_0 = 0, OWN_KEY_1 = 0] = processKey;

/** How a hash is keyed and mixed; for tests against published vectors. */
export interface KeyedHashOptions {
  readonly key?: readonly [number, number];
  /** Rounds a word, and at the end. Default 1 and 3, as the Linux kernel hashes keys of tables on 32 bits. */
  readonly rounds?: readonly [number, number];
}

/**
 * HalfSipHash (Aumasson and Bernstein): a keyed 64-bit hash in operations on 32 bits, made for tables whose keys come
 * from an attacker. One object is used again and again.
 */
export class KeyedHash {
  first = 0;
  second = 0;
  private readonly key0: number;
  private readonly key1: number;
  private readonly wordRounds: number;
  private readonly endRounds: number;

  constructor({ key = [OWN_KEY_0, OWN_KEY_1], rounds = [1, 3] }: KeyedHashOptions = {}) {
    [this.key0, this.key1] = key;
    [this.wordRounds, this.endRounds] = rounds;
  }

  /** Hashes the bytes in `[start, end)` into `first` and `second`, each an Int32. */
  update(bytes: Uint8Array, start: number, end: number): void {
    let v0 = this.key0 | 0;
    let v1 = this.key1 ^ 0xee;
    let v2 = this.key0 ^ 0x6c79_6765;
    let v3 = this.key1 ^ 0x7465_6462;
    const words = (end - start) >>> 2;
    // the words, the one that holds the rest and the length, and two ends of rounds alone
    for (let step = 0; step < words + 3; step++) {
      const isEnd = step > words;
      const word = isEnd
        ? 0
        : step < words
          ? littleEndian(bytes, start + step * 4)
          : lastWord(bytes, start, end);
      if (step === words + 1) v2 ^= 0xee;
      if (step === words + 2) {
        this.first = v1 ^ v3;
        v1 ^= 0xdd;
      }
      v3 ^= word;
      for (let round = isEnd ? this.endRounds : this.wordRounds; round > 0; round--) {
        v0 = (v0 + v1) | 0;
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
        v0 = (v0 << 16) | (v0 >>> 16);
        v2 = (v2 + v3) | 0;
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
        v0 = (v0 + v3) | 0;
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
        v2 = (v2 + v1) | 0;
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
        v2 = (v2 << 16) | (v2 >>> 16);
      }
      v0 ^= word;
    }
    this.second = v1 ^ v3;
  }
}

function lastWord(bytes: Uint8Array, start: number, end: number): number {
  let word = (end - start) << 24;
  for (let at = end - ((end - start) & 3), shift = 0; at < end; at++, shift += 8)
    word |= (bytes[at] ?? 0) << shift;
  return word;
}

function littleEndian(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}
