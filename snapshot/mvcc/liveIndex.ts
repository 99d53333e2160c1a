import { KeyedHash } from "../keyedHash";
import type { KeyRecord } from "./keyRecord";

/** Fields of one entry, each an Int32. */
export const Field = {
  hash1: 0,
  hash2: 1,
  keyBytes: 2,
  mainHigh: 3,
  mainLow: 4,
  sub: 5,
  /** Page and element of the newest record, from which everything else can be read again. */
  page: 6,
  element: 7,
  /** Number given by the identities of the scan; -1 for a tombstone. */
  kind: 8,
  namespace: 9,
  valueBytes: 10,
  /** Records of this key in the file. */
  records: 11,
  /** Hash of the newest value; 0 unless asked for. */
  value1: 12,
  value2: 13,
} as const;

const STRIDE = 14;
const CHUNK_BITS = 14;
const CHUNK_ENTRIES = 1 << CHUNK_BITS;

/**
 * The newest record of every key, in 56 bytes a key and without a JavaScript object for any, so that a store of
 * millions of keys fits in little memory. Records may come in any order. Keys are told apart by a keyed 64-bit
 * hash and their length: among 10 million keys two would be taken for one with a probability of about 10^-6, and no file
 * can be made in which they are, or in which the table is slow.
 */
export class LiveIndex {
  private readonly chunks: Int32Array[] = [];
  private slots = new Int32Array(1 << 12).fill(-1);
  private count = 0;
  private hash1 = 0;
  private hash2 = 0;
  private readonly hash = new KeyedHash();

  /** Entries, tombstones included. */
  get size(): number {
    return this.count;
  }

  /** Puts a record into the entry of its key. Answers the entry when the record is the newest yet, else -1. */
  put(record: KeyRecord, page: number, element: number): number {
    const entry = this.entryOf(record);
    const chunk = this.chunkOf(entry);
    const at = (entry & (CHUNK_ENTRIES - 1)) * STRIDE;
    const records = (chunk[at + Field.records] ?? 0) + 1;
    chunk[at + Field.records] = records;
    if (records > 1 && !isNewer(record, chunk, at)) return -1;
    chunk[at + Field.mainHigh] = record.mainHigh;
    chunk[at + Field.mainLow] = record.mainLow;
    chunk[at + Field.sub] = record.sub;
    chunk[at + Field.page] = page;
    chunk[at + Field.element] = element;
    chunk[at + Field.valueBytes] = record.valueEnd - record.valueStart;
    return entry;
  }

  get(entry: number, field: number): number {
    return this.chunkOf(entry)[(entry & (CHUNK_ENTRIES - 1)) * STRIDE + field] ?? 0;
  }

  set(entry: number, field: number, value: number): void {
    this.chunkOf(entry)[(entry & (CHUNK_ENTRIES - 1)) * STRIDE + field] = value;
  }

  /** The entry in this index of the key that `entry` of `other` holds, or -1. */
  find(other: LiveIndex, entry: number): number {
    this.hash1 = other.get(entry, Field.hash1);
    this.hash2 = other.get(entry, Field.hash2);
    const slot = this.slotOf(other.get(entry, Field.keyBytes));
    return this.slots[slot] ?? -1;
  }

  private chunkOf(entry: number): Int32Array {
    return this.chunks[entry >>> CHUNK_BITS] as Int32Array;
  }

  private entryOf(record: KeyRecord): number {
    this.hashKey(record);
    const keyBytes = record.keyEnd - record.keyStart;
    const slot = this.slotOf(keyBytes);
    const known = this.slots[slot] ?? -1;
    if (known >= 0) return known;
    const entry = this.count++;
    if (entry >>> CHUNK_BITS === this.chunks.length) this.chunks.push(new Int32Array(CHUNK_ENTRIES * STRIDE));
    this.slots[slot] = entry;
    this.set(entry, Field.hash1, this.hash1);
    this.set(entry, Field.hash2, this.hash2);
    this.set(entry, Field.keyBytes, keyBytes);
    if (this.count * 2 > this.slots.length) this.grow();
    return entry;
  }

  private slotOf(keyBytes: number): number {
    const mask = this.slots.length - 1;
    for (let slot = this.hash1 & mask; ; slot = (slot + 1) & mask) {
      const entry = this.slots[slot] ?? -1;
      if (entry < 0) return slot;
      const chunk = this.chunkOf(entry);
      const at = (entry & (CHUNK_ENTRIES - 1)) * STRIDE;
      const isSame =
        chunk[at + Field.hash1] === this.hash1 &&
        chunk[at + Field.hash2] === this.hash2 &&
        chunk[at + Field.keyBytes] === keyBytes;
      if (isSame) return slot;
    }
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.count; entry++) {
      let slot = this.get(entry, Field.hash1) & mask;
      while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      slots[slot] = entry;
    }
    this.slots = slots;
  }

  private hashKey({ bytes, keyStart, keyEnd }: KeyRecord): void {
    this.hash.update(bytes, keyStart, keyEnd);
    this.hash1 = this.hash.first;
    this.hash2 = this.hash.second;
  }
}

/** `(main, sub)` of the record is above that of the entry; highs are below 2^31, the others unsigned. */
function isNewer(record: KeyRecord, chunk: Int32Array, at: number): boolean {
  const high = chunk[at + Field.mainHigh] ?? 0;
  if (record.mainHigh !== high) return record.mainHigh > high;
  const low = (chunk[at + Field.mainLow] ?? 0) >>> 0;
  if (record.mainLow !== low) return record.mainLow > low;
  return record.sub > (chunk[at + Field.sub] ?? 0) >>> 0;
}
