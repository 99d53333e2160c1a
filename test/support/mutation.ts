import { sealDigest, sealMeta } from "./boltWriter";

/** Numbers below a limit, from wherever the caller takes its chance. */
export type Chance = (limit: number) => number;

const NUMBERS = [
  0n,
  1n,
  2n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  1n << 40n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
];

/**
 * Damages a copy of a snapshot at random, mostly where its structure lies, and makes the digest (and mostly the meta
 * pages' checksums) right again, so that nothing but the structure itself can tell.
 */
export function mutate(original: Buffer, chance: Chance, pageSize = 4096): Buffer {
  const bytes = Buffer.from(original);
  for (let n = 1 + chance(3); n > 0; n--) MUTATORS[chance(MUTATORS.length)]?.(bytes, chance, pageSize);
  if (chance(4) > 0) for (const page of [0, 1]) sealMeta(bytes, page * pageSize);
  return sealDigest(bytes);
}

type Mutator = (bytes: Buffer, chance: Chance, pageSize: number) => void;

const MUTATORS: readonly Mutator[] = [
  function flipBit(bytes, chance) {
    const at = chance(bytes.length - 32);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance(8));
  },
  function changeHeader(bytes, chance, pageSize) {
    writeNumber(bytes, startOfPage(bytes, chance, pageSize) + chance(16), chance);
  },
  function changeElement(bytes, chance, pageSize) {
    writeNumber(bytes, startOfPage(bytes, chance, pageSize) + 16 + 4 * chance(64), chance);
  },
  function changeMeta(bytes, chance, pageSize) {
    writeNumber(bytes, pageSize * chance(2) + 16 + 8 * chance(8), chance);
  },
  function nudge(bytes, chance, pageSize) {
    const at = startOfPage(bytes, chance, pageSize) + chance(80);
    bytes[at] = (bytes[at] ?? 0) + (chance(2) === 0 ? 1 : -1);
  },
  function zeroRange(bytes, chance) {
    const at = chance(bytes.length - 64);
    bytes.fill(0, at, at + 1 + chance(Math.min(5000, bytes.length - 32 - at)));
  },
  function copyPage(bytes, chance, pageSize) {
    const from = startOfPage(bytes, chance, pageSize);
    bytes.copy(bytes, startOfPage(bytes, chance, pageSize), from, from + pageSize);
  },
  function swapIds(bytes, chance, pageSize) {
    const page = BigInt(chance(Math.floor(bytes.length / pageSize)));
    bytes.writeBigUInt64LE(page, startOfPage(bytes, chance, pageSize) + 16 + 16 * chance(16) + 8);
  },
];

function startOfPage(bytes: Buffer, chance: Chance, pageSize: number): number {
  return pageSize * chance(Math.floor(bytes.length / pageSize));
}

function writeNumber(bytes: Buffer, at: number, chance: Chance): void {
  const value = NUMBERS[chance(NUMBERS.length)] ?? 0n;
  const width = [2, 4, 8][chance(3)] ?? 8;
  for (let i = 0; i < width; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}
