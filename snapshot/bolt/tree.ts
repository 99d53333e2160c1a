import type { SnapshotFile } from "../file/snapshotFile";
import { checkElements } from "./elements";
import type { FaultLog, FaultPlace } from "./faultLog";
import type { Meta } from "./meta";
import {
  BUCKET_LEAF_FLAG,
  describeFlags,
  ELEMENT_BYTES,
  PAGE_HEADER_BYTES,
  type PageBytes,
  PageFlag,
  pageBytes,
  readPageHeader,
  readUint64,
} from "./page";
import type { PageMap } from "./pageMap";

/** A B+tree of 2^32 pages with two children a page is no deeper; bbolt's own are 3 to 6 deep. */
const MAX_DEPTH = 32;

/**
 * Longest run of pages that is read at once. A leaf keeps at least two elements and etcd's requests are limited to
 * 1.5 MiB (10 MiB at most, by its documentation), so that a longer run is damage.
 */
export const MAX_RUN_BYTES = 64 * 1024 * 1024;

/** The keys below a child lie in `[lower, upper)`; undefined means unbounded. */
export interface KeyRange {
  readonly lower: Buffer | undefined;
  readonly upper: Buffer | undefined;
}

/** One key and value of a leaf page. */
export interface LeafElement {
  readonly key: Buffer;
  readonly value: Buffer;
  /** The value is a bucket ({@link BUCKET_LEAF_FLAG}). */
  readonly isBucket: boolean;
}

interface Page extends PageBytes {
  readonly id: FaultPlace;
  readonly isLeaf: boolean;
  readonly count: number;
}

interface Child {
  readonly page: number;
  readonly range: KeyRange;
}

/** Walks the B+trees of a bbolt file by reading single pages, claiming each in the page map. */
export class TreeReader {
  private readonly passing: Buffer[] = [];

  constructor(
    private readonly file: SnapshotFile,
    private readonly meta: Meta,
    private readonly pages: PageMap,
    private readonly faults: FaultLog,
  ) {}

  /** Visits every element below `root` in key order. */
  walk(root: number, visit: (element: LeafElement) => void): void {
    this.descend({ page: root, range: { lower: undefined, upper: undefined } }, visit, 0);
  }

  /**
   * Visits the branch pages below `root` only. The leaves, all on one level in a bbolt tree, are claimed unread and
   * handed over with the range that their keys must keep.
   */
  walkBranches(root: number, visitLeaf: (page: number, range: KeyRange) => void): void {
    this.descendBranches({ page: root, range: { lower: undefined, upper: undefined } }, visitLeaf, 0);
  }

  /** Visits the elements of the page of an inline bucket, which lies in the bucket's value. */
  walkInline(value: Buffer, owner: FaultPlace, visit: (element: LeafElement) => void): void {
    const bytes = pageBytes(value);
    if (value.length < PAGE_HEADER_BYTES) return void this.faults.add(owner, "has no page");
    const { id, flags, count } = readPageHeader(bytes.view, 0);
    if (id !== 0 || flags !== PageFlag.leaf) {
      return void this.faults.add(owner, "is not a leaf page");
    }
    if (checkElements(bytes, 0, value.length, count, true, this.faults, owner) < 0) return;
    this.visitElements(
      { ...bytes, id: owner, isLeaf: true, count },
      { lower: undefined, upper: undefined },
      visit,
    );
  }

  private descend(child: Child, visit: (element: LeafElement) => void, depth: number): void {
    const page = this.readPage(child.page, depth);
    if (page === undefined) return;
    if (page.isLeaf) {
      if (page.count === 0 && depth > 0)
        return void this.faults.add(page.id, "is an empty leaf page below a branch page");
      this.visitElements(page, child.range, visit);
    } else {
      this.eachChild(page, child.range, (next) => this.descend(next, visit, depth + 1));
    }
  }

  private descendBranches(
    child: Child,
    visitLeaf: (page: number, range: KeyRange) => void,
    depth: number,
  ): void {
    if (this.peekFlags(child.page) === PageFlag.leaf) {
      this.handOver(child, visitLeaf);
      return;
    }
    const page = this.readPage(child.page, depth, true);
    if (page === undefined) return;
    const areLeaves = page.count > 0 && this.peekFlags(childOf(page, 0)) !== PageFlag.branch;
    this.eachChild(page, child.range, (next) => {
      if (areLeaves) this.handOver(next, visitLeaf);
      else this.descendBranches(next, visitLeaf, depth + 1);
    });
  }

  private handOver(child: Child, visitLeaf: (page: number, range: KeyRange) => void): void {
    if (this.pages.claimLeaf(child.page) < 0) this.faults.add(child.page, this.whyUnclaimable(child.page));
    else visitLeaf(child.page, child.range);
  }

  private peekFlags(page: number): number {
    if (!this.pages.isInFile(page)) return 0;
    const header = this.file.read(page * this.meta.pageSize, PAGE_HEADER_BYTES);
    return header.length < PAGE_HEADER_BYTES ? 0 : header.readUInt16LE(8);
  }

  /** @param isPassing the bytes may be used only until another page of this depth is read. */
  private readPage(id: number, depth: number, isPassing = false): Page | undefined {
    const fail = (text: string): undefined => void this.faults.add(id, text);
    if (depth > MAX_DEPTH) return fail(`lies deeper than ${MAX_DEPTH} levels`);
    if (!this.pages.isInFile(id)) return fail(this.whyUnclaimable(id));
    const { pageSize } = this.meta;
    const header = readPageHeader(pageBytes(this.file.read(id * pageSize, PAGE_HEADER_BYTES)).view, 0);
    if (header.id !== id) return fail(`has id ${header.id} in its header`);
    if (header.flags !== PageFlag.leaf && header.flags !== PageFlag.branch) {
      return fail(`is ${describeFlags(header.flags)} where a branch or leaf page belongs`);
    }
    const run = (header.overflow + 1) * pageSize;
    if (id + header.overflow >= this.pages.pages || run > MAX_RUN_BYTES) {
      return fail(
        `claims ${header.overflow} overflow pages: beyond the file, or more than the 64 MiB that are read`,
      );
    }
    if (!this.pages.claim(id, header.overflow)) return fail(this.whyUnclaimable(id));
    const page = pageBytes(
      isPassing ? this.readPassing(id * pageSize, run, depth) : this.file.read(id * pageSize, run),
    );
    const isLeaf = header.flags === PageFlag.leaf;
    const end = checkElements(page, 0, run, header.count, isLeaf, this.faults, id);
    if (end < 0 || !checkOverflow(end, header.overflow, pageSize, this.faults, id)) return undefined;
    return { ...page, id, isLeaf, count: header.count };
  }

  /** One buffer a depth: the thousands of branch pages of a large file would wait to be collected. */
  private readPassing(position: number, length: number, depth: number): Buffer {
    const known = this.passing[depth];
    const buffer = known !== undefined && known.length >= length ? known : Buffer.allocUnsafeSlow(length);
    this.passing[depth] = buffer;
    return buffer.subarray(0, this.file.readInto(buffer.subarray(0, length), position));
  }

  private whyUnclaimable(page: number): string {
    if (!this.pages.isInFile(page))
      return `is referred to, and lies outside of the file's pages 2 to ${this.pages.pages - 1}`;
    return "is reached twice (a loop, or two owners)";
  }

  /**
   * Visits the children of a branch page whose keys are in order, one after the other: a list of them would outlive the
   * collector's young generation, which then grows, and stays so.
   */
  private eachChild(page: Page, range: KeyRange, visit: (child: Child) => void): void {
    if (page.count === 0) return void this.faults.add(page.id, "is an empty branch page");
    if (!this.areChildrenInOrder(page, range)) return;
    let lower = keyOf(page, 0);
    for (let i = 0; i < page.count; i++) {
      const upper = i + 1 < page.count ? keyOf(page, i + 1) : range.upper;
      visit({ page: childOf(page, i), range: { lower, upper } });
      if (upper !== undefined) lower = upper;
    }
  }

  private areChildrenInOrder(page: Page, range: KeyRange): boolean {
    let previous: Buffer | undefined;
    for (let i = 0; i < page.count; i++) {
      const key = keyOf(page, i);
      if (!this.inOrder(page.id, key, previous, range)) return false;
      previous = key;
    }
    return true;
  }

  private visitElements(page: Page, range: KeyRange, visit: (element: LeafElement) => void): void {
    let previous: Buffer | undefined;
    for (let i = 0; i < page.count; i++) {
      const element = PAGE_HEADER_BYTES + i * ELEMENT_BYTES;
      const keyStart = element + page.view.getUint32(element + 4, true);
      const valueStart = keyStart + page.view.getUint32(element + 8, true);
      const valueEnd = valueStart + page.view.getUint32(element + 12, true);
      const key = page.bytes.subarray(keyStart, valueStart);
      if (!this.inOrder(page.id, key, previous, range)) return;
      previous = key;
      const isBucket = (page.view.getUint32(element, true) & BUCKET_LEAF_FLAG) !== 0;
      visit({ key, value: page.bytes.subarray(valueStart, valueEnd), isBucket });
    }
  }

  private inOrder(page: FaultPlace, key: Buffer, previous: Buffer | undefined, range: KeyRange): boolean {
    if (previous !== undefined && Buffer.compare(previous, key) >= 0) {
      return this.faults.add(page, "has keys out of order");
    }
    const below = range.lower !== undefined && Buffer.compare(key, range.lower) < 0;
    const above = range.upper !== undefined && Buffer.compare(key, range.upper) >= 0;
    return below || above ? this.faults.add(page, "has keys outside of its parent's range") : true;
  }
}

/** The key of the n-th element of a branch page: `branchPageElement` {pos u32, ksize u32, pgid u64}. */
function keyOf({ bytes, view }: PageBytes, n: number): Buffer {
  const element = PAGE_HEADER_BYTES + n * ELEMENT_BYTES;
  const start = element + view.getUint32(element, true);
  return bytes.subarray(start, start + view.getUint32(element + 4, true));
}

/** The page that the n-th element of a branch page refers to. */
function childOf({ view }: PageBytes, n: number): number {
  return readUint64(view, PAGE_HEADER_BYTES + n * ELEMENT_BYTES + 8);
}

/** bbolt allocates the pages that the elements need (up to 1.3.5 one more when they fill the last exactly). */
export function checkOverflow(
  used: number,
  overflow: number,
  pageSize: number,
  faults: FaultLog,
  page: FaultPlace,
): boolean {
  const needed = Math.floor(used / pageSize);
  return overflow <= needed || faults.add(page, `claims ${overflow} overflow pages and needs ${needed}`);
}
