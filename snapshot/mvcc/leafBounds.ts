import type { KeyRange } from "../bolt/tree";
import { KeyRecord } from "./keyRecord";

/** Words of a bound: main high, main low, sub. */
const WORDS = 3;
const CHUNK_BITS = 12;
const CHUNK_LEAVES = 1 << CHUNK_BITS;

/**
 * Where the ranges of some leaves begin: in 4 bytes each, as long as they have the first one's main high and a sub of 0,
 * which real stores' mostly have.
 */
class BoundChunk {
  private readonly low = new Uint32Array(CHUNK_LEAVES);
  private high = 0;
  private wide: Uint32Array | undefined;

  /** @param i number of the leaf in this chunk; they come in order */
  set(i: number, bound: readonly number[]): void {
    const [high = 0, low = 0, sub = 0] = bound;
    if (i === 0) this.high = high;
    if (this.wide === undefined && (high !== this.high || sub !== 0)) this.widen(i);
    if (this.wide === undefined) this.low[i] = low;
    else this.wide.set(bound, i * WORDS);
  }

  isBefore(i: number, record: KeyRecord): boolean {
    if (this.wide !== undefined) return compareRecord(record, this.wide, i * WORDS) >= 0;
    return (record.mainHigh - this.high || record.mainLow - (this.low[i] ?? 0) || record.sub) >= 0;
  }

  /** @param count leaves that are there already */
  private widen(count: number): void {
    const wide = new Uint32Array(CHUNK_LEAVES * WORDS);
    for (let i = 0; i < count; i++) wide.set([this.high, this.low[i] ?? 0, 0], i * WORDS);
    this.wide = wide;
  }
}

/**
 * The revisions that each leaf may hold, in 4 to 16 bytes a leaf: a range ends where that of the next leaf begins, or,
 * below another parent, earlier. Those that end earlier are kept apart; bbolt writes few.
 */
export class LeafBounds {
  private readonly lower: BoundChunk[] = [];
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
    const at = this.count & (CHUNK_LEAVES - 1);
    if (at === 0) this.lower.push(new BoundChunk());
    (this.lower[this.count >>> CHUNK_BITS] as BoundChunk).set(at, begin);
    this.count++;
    this.lastUpper = typeof to === "object" ? to : undefined;
    return [from, to].find((one) => typeof one === "string");
  }

  /** Whether a record may lie in this leaf. */
  hold(ordinal: number, record: KeyRecord): boolean {
    return this.beginsBefore(ordinal, record) && !this.endsBefore(ordinal, record);
  }

  private beginsBefore(ordinal: number, record: KeyRecord): boolean {
    const chunk = this.lower[ordinal >>> CHUNK_BITS] as BoundChunk;
    return chunk.isBefore(ordinal & (CHUNK_LEAVES - 1), record);
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
