import { checkElements } from "../bolt/elements";
import { type FaultLog, type FaultPlace, inlineBucket } from "../bolt/faultLog";
import {
  describeFlags,
  ELEMENT_BYTES,
  PAGE_HEADER_BYTES,
  type PageBytes,
  PageFlag,
  readPageHeader,
} from "../bolt/page";
import { checkOverflow, type KeyRange } from "../bolt/tree";
import { KeyRecord } from "./keyRecord";

/** Called for every record of the `key` bucket. The record is reused: copy what has to stay. */
export type RecordVisitor = (record: KeyRecord, page: number, element: number) => void;

/** Six Uint32 a leaf: lower bound (main high, main low, sub), upper bound (the same). */
const BOUNDS = 6;
const CHUNK_BITS = 12;
const INLINE = inlineBucket("key");

/**
 * The leaves of etcd's `key` bucket. The walk of the branch pages gives each leaf with the range of revisions that it
 * may hold; the leaves themselves are then read in the order of the file, not of the tree, so that the whole file is
 * read once and forwards however often etcd has reused its pages.
 */
export class KeyBucket {
  private readonly bounds: Uint32Array[] = [];
  private leaves = 0;
  private readonly record = new KeyRecord();
  private readonly bound = new KeyRecord();
  private readonly previous = { high: 0, low: 0, sub: 0, any: false };

  constructor(
    private readonly pageSize: number,
    private readonly faults: FaultLog,
    private readonly content: FaultLog,
  ) {}

  /** Notes the range of the next leaf, in key order. */
  addLeaf(page: number, range: KeyRange): void {
    const at = (this.leaves & ((1 << CHUNK_BITS) - 1)) * BOUNDS;
    if (at === 0) this.bounds.push(new Uint32Array(BOUNDS << CHUNK_BITS));
    const chunk = this.bounds[this.leaves >>> CHUNK_BITS] as Uint32Array;
    this.leaves++;
    chunk.fill(0xffff_ffff, at + 3, at + 6);
    if (range.lower !== undefined) this.setBound(chunk, at, range.lower, page);
    if (range.upper !== undefined) this.setBound(chunk, at + 3, range.upper, page);
  }

  /**
   * Checks the leaf in `[start, end)` and visits its records.
   * @param id of the page; 0 for that of an inline bucket.
   * @param ordinal of the leaf, in the order of {@link addLeaf}.
   */
  readLeaf(
    page: PageBytes,
    start: number,
    end: number,
    id: number,
    ordinal: number,
    visit: RecordVisitor,
  ): void {
    const header = readPageHeader(page.view, start);
    const place = id === 0 ? INLINE : id;
    const used = checkElements(page, start, end, header.count, true, this.faults, place);
    if (used < 0 || !checkOverflow(used - start, header.overflow, this.pageSize, this.faults, place)) return;
    if (header.count === 0 && this.leaves > 1)
      return void this.faults.add(place, "is an empty leaf page below a branch page");
    this.record.bytes = page.bytes;
    this.record.view = page.view;
    this.previous.any = false;
    for (let i = 0; i < header.count; i++) {
      if (!this.readRecord(page.view, start + PAGE_HEADER_BYTES + i * ELEMENT_BYTES, place)) return;
      if (!this.inRange(ordinal))
        return void this.faults.add(place, "has revisions outside of its parent's range");
      visit(this.record, id, i);
    }
  }

  /** The header of a leaf, checked as far as needed to know how long it is; undefined after noting a fault. */
  overflowOf(view: DataView, start: number, id: number): number | undefined {
    const header = readPageHeader(view, start);
    if (header.id !== id) return void this.faults.add(id, `has id ${header.id} in its header`);
    if (header.flags === PageFlag.leaf) return header.overflow;
    return void this.faults.add(id, `is ${describeFlags(header.flags)} where a leaf page belongs`);
  }

  private readRecord(view: DataView, element: number, place: FaultPlace): boolean {
    if (view.getUint32(element, true) !== 0)
      return this.faults.add(place, 'holds a bucket inside the bucket "key"');
    const keyStart = element + view.getUint32(element + 4, true);
    const keyBytes = view.getUint32(element + 8, true);
    const valueStart = keyStart + keyBytes;
    const { record, previous } = this;
    const fault =
      record.readRevision(keyStart, keyBytes) ??
      record.readKeyValue(valueStart, valueStart + view.getUint32(element + 12, true));
    if (fault !== undefined) return this.content.add(place, fault);
    if (previous.any && !isAscending(previous.high, previous.low, previous.sub, record)) {
      return this.faults.add(place, "has keys out of order");
    }
    previous.any = true;
    previous.high = record.mainHigh;
    previous.low = record.mainLow;
    previous.sub = record.sub;
    return true;
  }

  private inRange(ordinal: number): boolean {
    const chunk = this.bounds[ordinal >>> CHUNK_BITS] as Uint32Array;
    const at = (ordinal & ((1 << CHUNK_BITS) - 1)) * BOUNDS;
    const { record } = this;
    const lower = compare(record, chunk[at] ?? 0, chunk[at + 1] ?? 0, chunk[at + 2] ?? 0);
    return lower >= 0 && compare(record, chunk[at + 3] ?? 0, chunk[at + 4] ?? 0, chunk[at + 5] ?? 0) < 0;
  }

  private setBound(chunk: Uint32Array, at: number, key: Buffer, page: number): void {
    const { bound } = this;
    bound.bytes = key;
    bound.view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    const fault = bound.readRevision(0, key.length);
    if (fault !== undefined) return void this.faults.add(page, `has a parent that ${fault}`);
    chunk[at] = bound.mainHigh;
    chunk[at + 1] = bound.mainLow;
    chunk[at + 2] = bound.sub;
  }
}

function compare(record: KeyRecord, high: number, low: number, sub: number): number {
  return record.mainHigh - high || record.mainLow - low || record.sub - sub;
}

function isAscending(high: number, low: number, sub: number, next: KeyRecord): boolean {
  return compare(next, high, low, sub) > 0;
}
