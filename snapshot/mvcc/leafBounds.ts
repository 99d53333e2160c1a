import type { KeyRange } from "../bolt/tree";
import { KeyRecord } from "./keyRecord";

/** Words of a bound: main high, main low, sub. */
const WORDS = 3;
const CHUNK_BITS = 12;
const CHUNK_LEAVES = 1 << CHUNK_BITS;

/**
 * The revisions that each leaf may hold, in 12 bytes a leaf: a range ends where that of the next leaf begins, or, below
 * another parent, earlier. Those that end earlier are kept apart; bbolt writes few.
 */
export class LeafBounds {
  private readonly lower: Uint32Array[] = [];
  private count = 0;
  /** Where the range of the leaf added last ends; undefined when nothing bounds it. */
  private lastUpper: readonly number[] | undefined;
  private lastKey: Buffer | undefined;
  /** Ordinals of leaves, ascending, and where their ranges end. */
  private readonly early = { leaves: new Uint32Array(16), bounds: new Uint32Array(16 * WORDS), count: 0 };
  private readonly bound = new KeyRecord();

  /** Leaves added so far. */
  get leaves(): number {
    return this.count;
  }

  /** Adds the range of the next leaf, in key order. Answers a sentence when one of its bounds is no revision. */
  add({ lower, upper }: KeyRange): string | undefined {
    const { lastUpper } = this;
    // where one leaf ends the next begins: mostly the same key, already read
    const isKnown = lower !== undefined && lower === this.lastKey && lastUpper !== undefined;
    const from = isKnown ? lastUpper : this.read(lower);
    const to = this.read(upper);
    this.lastKey = upper;
    const begin = typeof from === "object" ? from : (lastUpper ?? NOTHING);
    if (lastUpper !== undefined && compare(lastUpper, begin) < 0) this.noteEarly(this.count - 1, lastUpper);
    const at = (this.count & (CHUNK_LEAVES - 1)) * WORDS;
    if (at === 0) this.lower.push(new Uint32Array(CHUNK_LEAVES * WORDS));
    (this.lower[this.count >>> CHUNK_BITS] as Uint32Array).set(begin, at);
    this.count++;
    this.lastUpper = typeof to === "object" ? to : undefined;
    return [from, to].find((one) => typeof one === "string");
  }

  /** Whether a record may lie in this leaf. */
  hold(ordinal: number, record: KeyRecord): boolean {
    return this.beginsBefore(ordinal, record) && !this.endsBefore(ordinal, record);
  }

  private beginsBefore(ordinal: number, record: KeyRecord): boolean {
    const chunk = this.lower[ordinal >>> CHUNK_BITS] as Uint32Array;
    return compareRecord(record, chunk, (ordinal & (CHUNK_LEAVES - 1)) * WORDS) >= 0;
  }

  private endsBefore(ordinal: number, record: KeyRecord): boolean {
    if (ordinal + 1 < this.count) {
      if (this.beginsBefore(ordinal + 1, record)) return true;
    } else return this.lastUpper !== undefined && compareRecord(record, this.lastUpper, 0) >= 0;
    const { leaves, bounds, count } = this.early;
    if (count === 0) return false;
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((leaves[middle] ?? 0) < ordinal) low = middle + 1;
      else high = middle;
    }
    return low < count && leaves[low] === ordinal && compareRecord(record, bounds, low * WORDS) >= 0;
  }

  private noteEarly(leaf: number, upper: readonly number[]): void {
    const { early } = this;
    if (early.count === early.leaves.length) {
      const [leaves, bounds] = [new Uint32Array(early.count * 2), new Uint32Array(early.count * 2 * WORDS)];
      leaves.set(early.leaves);
      bounds.set(early.bounds);
      Object.assign(early, { leaves, bounds });
    }
    early.leaves[early.count] = leaf;
    early.bounds.set(upper, early.count * WORDS);
    early.count++;
  }

  /** A bound's words; a sentence when it is no revision. */
  private read(key: Buffer | undefined): readonly number[] | string | undefined {
    if (key === undefined) return undefined;
    const { bound } = this;
    bound.bytes = key;
    bound.view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    return bound.readRevision(0, key.length) ?? [bound.mainHigh, bound.mainLow, bound.sub];
  }
}

const NOTHING: readonly number[] = [0, 0, 0];

function compare(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0);
}

function compareRecord({ mainHigh, mainLow, sub }: KeyRecord, words: ArrayLike<number>, at: number): number {
  return mainHigh - (words[at] ?? 0) || mainLow - (words[at + 1] ?? 0) || sub - (words[at + 2] ?? 0);
}
