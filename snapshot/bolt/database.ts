import type { SnapshotFile } from "../file/snapshotFile";
import { type FaultLog, inlineBucket, quote } from "./faultLog";
import type { Meta } from "./meta";
import { PAGE_HEADER_BYTES, PageFlag, pageBytes, readPageHeader, readUint64 } from "./page";
import type { PageMap } from "./pageMap";
import { type LeafElement, TreeReader } from "./tree";

/** `common.InBucket` {root pgid u64, sequence u64} in front of an inline page, if any. */
const BUCKET_HEADER_BYTES = 16;

/** etcd has a dozen. */
const MAX_BUCKETS = 1_000;

/** A top-level bucket: the root page of its tree, or, for a small one, a page inside the value itself. */
export interface Bucket {
  readonly name: string;
  /** 0 for an inline bucket. */
  readonly root: number;
  readonly inline: Buffer;
}

/** A bbolt file with one level of buckets, which is what etcd's backend keeps. */
export class Database {
  private readonly tree: TreeReader;
  /** By name. */
  readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly file: SnapshotFile,
    private readonly meta: Meta,
    private readonly pages: PageMap,
    private readonly faults: FaultLog,
  ) {
    this.tree = new TreeReader(file, meta, pages, faults);
    this.tree.walk(meta.root, (element) => this.addBucket(element));
  }

  /** Visits every key and value of a bucket, in key order. */
  visit(bucket: Bucket, visit: (key: Buffer, value: Buffer) => void): void {
    const place = bucket.root === 0 ? inlineBucket(bucket.name) : bucket.root;
    const visitElement = ({ key, value, isBucket }: LeafElement) => {
      if (isBucket)
        this.faults.add(place, `holds a bucket inside the bucket ${quote(bucket.name)}; etcd has none`);
      else visit(key, value);
    };
    if (bucket.root === 0) this.tree.walkInline(bucket.inline, place, visitElement);
    else this.tree.walk(bucket.root, visitElement);
  }

  /** Visits the leaves of a bucket that is not inline; see {@link TreeReader.walkBranches}. */
  visitLeaves(bucket: Bucket, visit: Parameters<TreeReader["walkBranches"]>[1]): void {
    this.tree.walkBranches(bucket.root, visit);
  }

  /**
   * Checks the list of free pages, when the file keeps one: a free page must not be in use, nor listed twice. Listed
   * pages are marked, so that what claims one of them later is a fault too.
   */
  checkFreelist(): void {
    const { freelist } = this.meta;
    const fault = freelist === undefined ? undefined : this.freelistFault(freelist);
    if (freelist !== undefined && fault !== undefined) this.faults.add(freelist, fault);
  }

  /**
   * Checks that the list of free pages, when the file keeps one, misses none (`unreachable unfreed` of `bbolt check`).
   * When everything is claimed.
   */
  checkUnlisted(): void {
    const { freelist } = this.meta;
    const page = freelist === undefined ? -1 : this.pages.firstUnlisted();
    if (page >= 0) this.faults.add(page, "is neither in use nor listed as free");
  }

  private freelistFault(freelist: number): string | undefined {
    const { pageSize } = this.meta;
    if (!this.pages.isInFile(freelist)) return "is the freelist, outside of the file";
    const header = readPageHeader(pageBytes(this.file.read(freelist * pageSize, PAGE_HEADER_BYTES)).view, 0);
    if (header.id !== freelist || header.flags !== PageFlag.freelist) return "is not a freelist page";
    if (!this.pages.claim(freelist, header.overflow)) return "is the freelist, and in use by something else";
    return this.freePagesFault(freelist, header.count, (header.overflow + 1) * pageSize);
  }

  private freePagesFault(freelist: number, count: number, runBytes: number): string | undefined {
    const base = freelist * this.meta.pageSize + PAGE_HEADER_BYTES;
    // a count that does not fit in 16 bits is written as 0xFFFF, the real one as the first id (`freelist.Write`)
    const isLong = count === 0xffff;
    const ids = isLong ? readUint64(pageBytes(this.file.read(base, 8)).view, 0) : count;
    const start = base + (isLong ? 8 : 0);
    if (ids * 8 > runBytes - (start - freelist * this.meta.pageSize)) {
      return `lists ${ids} free pages, more than fit`;
    }
    let previous = 1;
    const chunk = 8192;
    for (let i = 0; i < ids; i += chunk) {
      const { view } = pageBytes(this.file.read(start + i * 8, Math.min(chunk, ids - i) * 8));
      for (let at = 0; at < view.byteLength; at += 8) {
        const page = readUint64(view, at);
        const text = this.freePageFault(page, previous);
        if (text !== undefined) return text;
        this.pages.markFree(page);
        previous = page;
      }
    }
    return undefined;
  }

  private freePageFault(page: number, previous: number): string | undefined {
    if (!this.pages.isInFile(page)) return `lists page ${page} as free, which is not in the file`;
    if (page <= previous) return `lists page ${page} as free out of order`;
    return this.pages.isClaimed(page) ? `lists page ${page} as free, which is in use` : undefined;
  }

  private addBucket({ key, value, isBucket }: LeafElement): void {
    const { root } = this.meta;
    const name = key.toString("latin1");
    if (this.buckets.size >= MAX_BUCKETS)
      return void this.faults.add(root, `holds more than ${MAX_BUCKETS} buckets`);
    if (!isBucket)
      return void this.faults.add(root, `holds the key ${quote(name)} where only buckets belong`);
    if (value.length < BUCKET_HEADER_BYTES) {
      return void this.faults.add(
        root,
        `holds the bucket ${quote(name)} with ${value.length} bytes, less than a header`,
      );
    }
    this.buckets.set(name, {
      name,
      root: readUint64(pageBytes(value).view, 0),
      inline: value.subarray(BUCKET_HEADER_BYTES),
    });
  }
}
