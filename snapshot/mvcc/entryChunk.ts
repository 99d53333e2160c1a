import type { KeyRecord } from "./keyRecord";

/** Fields of one entry of a {@link LiveIndex}, as {@link EntryChunk.get} knows them. */
export const Field = {
  hash1: 0,
  hash2: 1,
  mainHigh: 2,
  mainLow: 3,
  sub: 4,
  /** Page and element of the newest record, from which everything else can be read again. */
  page: 5,
  element: 6,
  /** Number given by the identities of the scan; -1 for a tombstone. */
  kind: 7,
  /** Number given by the identities of the scan, or -1. */
  namespace: 8,
  valueBytes: 9,
  /** Records of this key in the file. */
  records: 10,
  /** Hash of the newest value; both 0 where there is none. */
  value1: 11,
  value2: 12,
} as const;

/** Entries of one chunk: a power of two. */
export const CHUNK_ENTRIES = 1 << 14;

/** Words of an entry: hash1, hash2, mainLow, page, [kind 16 | element 16], [mainHigh 6 | valueBytes 26], [records 14 | namespace 18]. */
const STRIDE = 7;
const PLACE = 4;
const SIZE = 5;
const COUNT = 6;
/** A value is shorter than a run of pages that is read, 64 MiB (`MAX_RUN_BYTES`). */
const SIZE_BITS = 26;
/** Namespaces are 200,000 at most; all ones stand for -1. */
const NAMESPACE_BITS = 18;
const ALL_NAMESPACES = (1 << NAMESPACE_BITS) - 1;
/** Kinds are about 10,000 at most; all ones stand for -1. */
const NO_KIND = 0xffff;
const LARGEST_HIGH = 0x3f;
const MOST_RECORDS = 0x3fff;
/** Words of an entry whose chunk is wide: mainHigh, sub, records. */
const WIDE = 3;

/**
 * Entries of a table of keys, in 28 bytes each. What real stores do not have (revisions above 2^38, transactions that
 * write several keys, keys with more than 16,383 revisions) widens a whole chunk by 12 bytes an entry, and hashes of
 * values are 8 bytes more where there is any.
 */
export class EntryChunk {
  private readonly words = new Int32Array(CHUNK_ENTRIES * STRIDE);
  private wide: Int32Array | undefined;
  private values: Int32Array | undefined;

  /** @param i number of the entry in this chunk */
  isOf(i: number, hash1: number, hash2: number): boolean {
    return this.words[i * STRIDE] === hash1 && this.words[i * STRIDE + 1] === hash2;
  }

  hash1(i: number): number {
    return this.words[i * STRIDE] ?? 0;
  }

  begin(i: number, hash1: number, hash2: number): void {
    this.words[i * STRIDE] = hash1;
    this.words[i * STRIDE + 1] = hash2;
  }

  /** Counts one more record of the entry. Answers whether it is the first. */
  count(i: number): boolean {
    const at = i * STRIDE + COUNT;
    const word = this.words[at] ?? 0;
    const counted = word >>> NAMESPACE_BITS;
    if (this.wide === undefined && counted === MOST_RECORDS) this.widen();
    if (this.wide === undefined) this.words[at] = word + (1 << NAMESPACE_BITS);
    else this.wide[i * WIDE + 2] = (this.wide[i * WIDE + 2] ?? 0) + 1;
    return this.get(i, Field.records) === 1;
  }

  /** `(main, sub)` of the record is above that of the entry; highs are below 2^31, the others unsigned. */
  isOlderThan(i: number, { mainHigh, mainLow, sub }: KeyRecord): boolean {
    const high = this.get(i, Field.mainHigh);
    if (mainHigh !== high) return mainHigh > high;
    const low = this.get(i, Field.mainLow) >>> 0;
    if (mainLow !== low) return mainLow > low;
    return sub > this.get(i, Field.sub) >>> 0;
  }

  /** Notes where a record lies, how long its value is and at which revision it was written. */
  place(
    i: number,
    { mainHigh, mainLow, sub, valueStart, valueEnd }: KeyRecord,
    page: number,
    element: number,
  ): void {
    if (this.wide === undefined && (mainHigh > LARGEST_HIGH || sub !== 0)) this.widen();
    const { words, wide } = this;
    const at = i * STRIDE;
    words[at + 2] = mainLow;
    words[at + 3] = page;
    words[at + PLACE] = ((words[at + PLACE] ?? 0) & ~0xffff) | element;
    words[at + SIZE] = (mainHigh << SIZE_BITS) | (valueEnd - valueStart);
    if (wide === undefined) return;
    wide[i * WIDE] = mainHigh;
    wide[i * WIDE + 1] = sub;
  }

  identify(i: number, kind: number, namespace: number): void {
    const { words } = this;
    const at = i * STRIDE;
    words[at + PLACE] = ((words[at + PLACE] ?? 0) & 0xffff) | ((kind & NO_KIND) << 16);
    words[at + COUNT] = ((words[at + COUNT] ?? 0) & ~ALL_NAMESPACES) | (namespace & ALL_NAMESPACES);
  }

  setValue(i: number, first: number, second: number): void {
    if (this.values === undefined && first === 0 && second === 0) return;
    this.values ??= new Int32Array(CHUNK_ENTRIES * 2);
    this.values[i * 2] = first;
    this.values[i * 2 + 1] = second;
  }

  get(i: number, field: number): number {
    const { words, wide, values } = this;
    const at = i * STRIDE;
    switch (field) {
      case Field.hash1:
        return words[at] ?? 0;
      case Field.hash2:
        return words[at + 1] ?? 0;
      case Field.mainLow:
        return words[at + 2] ?? 0;
      case Field.page:
        return words[at + 3] ?? 0;
      case Field.element:
        return (words[at + PLACE] ?? 0) & 0xffff;
      case Field.kind:
        return noneIf(NO_KIND, (words[at + PLACE] ?? 0) >>> 16);
      case Field.namespace:
        return noneIf(ALL_NAMESPACES, (words[at + COUNT] ?? 0) & ALL_NAMESPACES);
      case Field.valueBytes:
        return (words[at + SIZE] ?? 0) & ((1 << SIZE_BITS) - 1);
      case Field.mainHigh:
        return wide === undefined ? (words[at + SIZE] ?? 0) >>> SIZE_BITS : (wide[i * WIDE] ?? 0);
      case Field.sub:
        return wide === undefined ? 0 : (wide[i * WIDE + 1] ?? 0);
      case Field.records:
        return wide === undefined ? (words[at + COUNT] ?? 0) >>> NAMESPACE_BITS : (wide[i * WIDE + 2] ?? 0);
      case Field.value1:
        return values?.[i * 2] ?? 0;
      default:
        return values?.[i * 2 + 1] ?? 0;
    }
  }

  /** From now on the wide fields of all entries of this chunk are those in `wide`. */
  private widen(): void {
    const wide = new Int32Array(CHUNK_ENTRIES * WIDE);
    for (let i = 0; i < CHUNK_ENTRIES; i++) {
      wide[i * WIDE] = this.get(i, Field.mainHigh);
      wide[i * WIDE + 2] = this.get(i, Field.records);
    }
    this.wide = wide;
  }
}

function noneIf(none: number, value: number): number {
  return value === none ? -1 : value;
}
