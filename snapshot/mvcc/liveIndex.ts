import { KeyedHash } from "../keyedHash";
import { CHUNK_ENTRIES, EntryChunk, Field } from "./entryChunk";
import type { KeyRecord } from "./keyRecord";

export { Field };

const CHUNK_BITS = Math.log2(CHUNK_ENTRIES);

/**
 * The newest record of every key, in 28 bytes a key, at most 12 for its place in the table, and without a JavaScript
 * object for any, so that a store of millions of keys fits in little memory. Records may come in any order. Keys are
 * told apart by a keyed 64-bit hash: among 10 million keys two would be taken for one with a probability of about
 * 3 * 10^-6, and no file can be made in which they are, or in which the table is slow.
 */
export class LiveIndex {
  private readonly chunks: EntryChunk[] = [];
  private slots = new Int32Array(1 << 12).fill(-1);
  private count = 0;
  private readonly hash = new KeyedHash();

  /** Entries, tombstones included. */
  get size(): number {
    return this.count;
  }

  /** Puts a record into the entry of its key. Answers the entry when the record is the newest yet, else -1. */
  put(record: KeyRecord, page: number, element: number): number {
    const entry = this.entryOf(record);
    const chunk = this.chunkOf(entry);
    const i = entry & (CHUNK_ENTRIES - 1);
    const isFirst = chunk.count(i);
    if (!isFirst && !chunk.isOlderThan(i, record)) return -1;
    chunk.place(i, record, page, element);
    return entry;
  }

  get(entry: number, field: number): number {
    return this.chunkOf(entry).get(entry & (CHUNK_ENTRIES - 1), field);
  }

  /** Notes what the newest record of an entry holds; -1 for a kind or namespace that has no number. */
  identify(entry: number, kind: number, namespace: number): void {
    this.chunkOf(entry).identify(entry & (CHUNK_ENTRIES - 1), kind, namespace);
  }

  /** Notes the hash of the newest value; both 0 take it back. */
  setValue(entry: number, first: number, second: number): void {
    this.chunkOf(entry).setValue(entry & (CHUNK_ENTRIES - 1), first, second);
  }

  /** The entry in this index of the key that `entry` of `other` holds, or -1. */
  find(other: LiveIndex, entry: number): number {
    const slot = this.slotOf(other.get(entry, Field.hash1), other.get(entry, Field.hash2));
    return this.slots[slot] ?? -1;
  }

  private chunkOf(entry: number): EntryChunk {
    return this.chunks[entry >>> CHUNK_BITS] as EntryChunk;
  }

  private entryOf({ bytes, keyStart, keyEnd }: KeyRecord): number {
    this.hash.update(bytes, keyStart, keyEnd);
    const { first, second } = this.hash;
    const slot = this.slotOf(first, second);
    const known = this.slots[slot] ?? -1;
    if (known >= 0) return known;
    const entry = this.count++;
    if (entry >>> CHUNK_BITS === this.chunks.length) this.chunks.push(new EntryChunk());
    this.slots[slot] = entry;
    this.chunkOf(entry).begin(entry & (CHUNK_ENTRIES - 1), first, second);
    // at most two thirds full
    if (this.count * 3 > this.slots.length * 2) this.grow();
    return entry;
  }

  private slotOf(hash1: number, hash2: number): number {
    const mask = this.slots.length - 1;
    for (let slot = hash1 & mask; ; slot = (slot + 1) & mask) {
      const entry = this.slots[slot] ?? -1;
      if (entry < 0 || this.chunkOf(entry).isOf(entry & (CHUNK_ENTRIES - 1), hash1, hash2)) return slot;
    }
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.count; entry++) {
      let slot = this.chunkOf(entry).hash1(entry & (CHUNK_ENTRIES - 1)) & mask;
      while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      slots[slot] = entry;
    }
    this.slots = slots;
  }
}
