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
import { LeafBounds } from "./leafBounds";

/** Called for every record of the `key` bucket. The record is reused: copy what has to stay. */
export type RecordVisitor = (record: KeyRecord, page: number, element: number) => void;

const INLINE = inlineBucket("key");

/**
 * The leaves of etcd's `key` bucket. The walk of the branch pages gives each leaf with the range of revisions that it
 * may hold; the leaves themselves are then read in the order of the file, not of the tree, so that the whole file is
 * read once and forwards however often etcd has reused its pages.
 */
export class KeyBucket {
  private readonly bounds = new LeafBounds();
  private readonly record = new KeyRecord();
  private readonly previous = { high: 0, low: 0, sub: 0, any: false };

  constructor(
    private readonly pageSize: number,
    private readonly faults: FaultLog,
    private readonly content: FaultLog,
  ) {}

  /** Notes the range of the next leaf, in key order. */
  addLeaf(page: number, range: KeyRange): void {
    const fault = this.bounds.add(range);
    if (fault !== undefined) this.faults.add(page, `has a parent that ${fault}`);
  }

  /**
   * Checks the leaf in `[start, end)` and visits its records.
   * @param id of the page; 0 for that of an inline bucket.
   * @param ordinal of the leaf, in the order of {@link addLeaf}.
   * @param hasTwin see {@link KeyRecord.hasTwin}
   */
  readLeaf(
    page: PageBytes,
    start: number,
    end: number,
    id: number,
    ordinal: number,
    visit: RecordVisitor,
    hasTwin = false,
  ): void {
    const header = readPageHeader(page.view, start);
    const place = id === 0 ? INLINE : id;
    const used = checkElements(page, start, end, header.count, true, this.faults, place);
    if (used < 0 || !checkOverflow(used - start, header.overflow, this.pageSize, this.faults, place)) return;
    if (header.count === 0 && this.bounds.leaves > 1)
      return void this.faults.add(place, "is an empty leaf page below a branch page");
    this.record.bytes = page.bytes;
    this.record.view = page.view;
    this.record.hasTwin = hasTwin;
    this.previous.any = false;
    for (let i = 0; i < header.count; i++) {
      if (!this.readRecord(page.view, start + PAGE_HEADER_BYTES + i * ELEMENT_BYTES, place)) return;
      if (!this.bounds.hold(ordinal, this.record))
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
}

function isAscending(high: number, low: number, sub: number, next: KeyRecord): boolean {
  return (next.mainHigh - high || next.mainLow - low || next.sub - sub) > 0;
}
