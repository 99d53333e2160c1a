import { Database } from "./bolt/database";
import { FaultLog, inlineBucket } from "./bolt/faultLog";
import { PAGE_HEADER_BYTES, type PageBytes, PageFlag, pageBytes, readPageHeader } from "./bolt/page";
import { PageMap } from "./bolt/pageMap";
import { MAX_RUN_BYTES } from "./bolt/tree";
import { type EtcdState, missingBucket, readEtcdState } from "./etcd/etcdState";
import type { Beside } from "./file/beside";
import type { SnapshotFile } from "./file/snapshotFile";
import {
  type Digests,
  trustingReader,
  WINDOW_BYTES,
  type WindowReader,
  windowReader,
} from "./file/windowReader";
import { DIGEST_BYTES, type Layout } from "./layout";
import { KeyBucket, type RecordVisitor } from "./mvcc/keyBucket";
import type { Problem } from "./verdict";

/** Bytes done so far, of `totalBytes`. */
export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What a scan of an undamaged file tells, beside what its visitor has gathered. */
export interface Scan {
  readonly etcd: EtcdState;
  /** SHA-256 of the whole file. */
  readonly sha256: string;
  /** SHA-256 of what stands before the digest, or would. */
  readonly contentSha256: string;
  readonly freePages: number;
  /** The page of an inline `key` bucket, which a snapshot with few keys has. */
  readonly inlineKeys: Buffer | undefined;
}

/** How a scan differs from the usual. */
export interface ScanOptions {
  readonly known?: KnownDigests;
  /** Stop before each window is visited, until it was compared with that of the file which is read beside this one. */
  readonly beside?: Beside;
}

/** Digests of a file that nobody need compute again, in hex; see {@link Scan}. */
export type KnownDigests = Pick<Scan, "sha256" | "contentSha256">;

const ANOTHER_COPY = "Restore from another snapshot, or take another copy of this one.";

/**
 * Reads a whole snapshot once, forwards: a second thread reads and hashes the file while the pages that it has read
 * are checked and the records of the `key` bucket are visited here. A generator, so that one implementation serves
 * synchronous and asynchronous callers; it yields after each window.
 */
export function* scan(
  file: SnapshotFile,
  layout: Layout,
  visit: RecordVisitor,
  options: ScanOptions = {},
): Generator<Progress, Scan | Problem> {
  const pass = new ScanPass(file, layout, visit, options);
  try {
    const digests = yield* pass.run();
    return pass.conclude(digests);
  } finally {
    pass.close();
  }
}

class ScanPass {
  private readonly faults = new FaultLog();
  private readonly content = new FaultLog();
  private readonly pages: PageMap;
  private readonly database: Database;
  private readonly keys: KeyBucket;
  private readonly reader: WindowReader;
  private readonly beside: Beside | undefined;
  /** For leaves that reach beyond their window. */
  private kept: Buffer = Buffer.alloc(0);
  private etcd: EtcdState | undefined;
  private inlineKeys: Buffer | undefined;
  /** A leaf that is longer than what is read at once. */
  private tooLarge: { readonly page: number; readonly bytes: number } | undefined;

  constructor(
    private readonly file: SnapshotFile,
    private readonly layout: Layout,
    private readonly visit: RecordVisitor,
    { known, beside }: ScanOptions,
  ) {
    this.beside = beside;
    const { meta } = layout;
    this.reader = known === undefined ? windowReader(file, layout.contentBytes) : trustingReader(file, known);
    this.pages = new PageMap(meta.highWater);
    this.database = new Database(file, meta, this.pages, this.faults);
    this.keys = new KeyBucket(meta.pageSize, this.faults, this.content);
  }

  *run(): Generator<Progress, Digests> {
    const { file, keys } = this;
    const bucket = this.database.buckets.get("key");
    if (bucket !== undefined && bucket.root !== 0) {
      this.database.visitLeaves(bucket, (page, range) => keys.addLeaf(page, range));
    } else if (bucket !== undefined) this.readInline(bucket.inline);
    this.etcd = readEtcdState(this.database, this.content);
    this.database.checkFreelist();

    let position = 0;
    for (let window = this.reader.next(); window !== undefined; window = this.reader.next()) {
      if (this.beside !== undefined) {
        this.beside.offer(window, position);
        yield { doneBytes: position, totalBytes: file.size };
      }
      this.readWindow(pageBytes(window), position);
      position += window.length;
      if (this.beside === undefined) yield { doneBytes: position, totalBytes: file.size };
    }
    // a page that cannot be read claims nothing: what it owns would be named for its fault
    if (this.faults.count === 0) this.database.checkUnlisted();
    return this.reader.finish();
  }

  /** The verdict, in the order of the checks: digest, structure, content. */
  conclude(digests: Digests): Scan | Problem {
    const { file, layout, faults, content } = this;
    if (file.hasChanged()) {
      const message = `${file.path}: was changed while it was read.`;
      return {
        code: "changed-while-reading",
        message,
        remedy: "Wait until whatever writes it is done, and try again.",
      };
    }
    const stored = layout.hasDigest ? file.read(layout.contentBytes, DIGEST_BYTES) : undefined;
    if (stored !== undefined && !stored.equals(digests.content))
      return this.wrongDigest(stored, digests.content);
    if (faults.count > 0) return this.damaged("structure", "is damaged though its digest fits", faults);
    const missing = missingBucket(this.database);
    if (missing !== undefined || this.etcd === undefined) {
      const message = `${file.path}: is a bolt file, but not etcd's: it has no bucket "${missing ?? "key"}".`;
      return { code: "not-etcd", message, remedy: "Give a file that `etcdctl snapshot save` wrote." };
    }
    if (this.tooLarge !== undefined) return tooLargeValue(file.path, this.tooLarge);
    if (content.count > 0) return this.damaged("content", "holds records that etcd did not write", content);
    return {
      etcd: this.etcd,
      sha256: digests.file.toString("hex"),
      contentSha256: digests.content.toString("hex"),
      freePages: this.pages.free,
      inlineKeys: this.inlineKeys,
    };
  }

  close(): void {
    this.reader.close();
  }

  private damaged(code: "structure" | "content", what: string, faults: FaultLog): Problem {
    const cause = this.layout.hasDigest ? what : what.replace(" though its digest fits", "");
    return { code, message: `${this.file.path}: ${cause}: ${faults.describe()}.`, remedy: ANOTHER_COPY };
  }

  private wrongDigest(stored: Buffer, computed: Buffer): Problem {
    const short = (digest: Buffer) => digest.toString("hex", 0, 6);
    const damage = [this.faults, this.content].flatMap((log) => (log.count > 0 ? [log.describe()] : []));
    const pages =
      damage.length > 0 ? damage.join("; ") : "all pages parse, so a value or the digest itself was changed";
    const message = `${this.file.path}: its SHA-256 is ${short(computed)}..., the digest at its end says ${short(stored)}...: ${pages}.`;
    return { code: "digest-mismatch", message, remedy: ANOTHER_COPY };
  }

  private readInline(value: Buffer): void {
    const bytes = pageBytes(value);
    const header = value.length < PAGE_HEADER_BYTES ? undefined : readPageHeader(bytes.view, 0);
    if (header?.id !== 0 || header.flags !== PageFlag.leaf || header.overflow !== 0) {
      return void this.faults.add(inlineBucket("key"), "is not a leaf page");
    }
    this.inlineKeys = value;
    this.keys.addLeaf(0, { lower: undefined, upper: undefined });
    this.keys.readLeaf(bytes, 0, value.length, 0, 0, this.visit);
  }

  /** Visits the leaves of the `key` bucket that begin in this window; `position` is the window's place in the file. */
  private readWindow(window: PageBytes, position: number): void {
    const { pageSize, highWater } = this.layout.meta;
    const last = Math.min(highWater, Math.floor((position + window.bytes.length) / pageSize));
    for (let page = position / pageSize; page < last; page++) {
      const ordinal = this.pages.leafAt(page);
      if (ordinal < 0) continue;
      const start = page * pageSize - position;
      const overflow = this.keys.overflowOf(window.view, start, page);
      if (overflow === undefined) continue;
      const run = (overflow + 1) * pageSize;
      if (overflow > 0 && !this.pages.claim(page + 1, overflow - 1)) {
        this.faults.add(
          page,
          `claims ${overflow} overflow pages, which are in use, listed as free, or not in the file`,
        );
        continue;
      }
      if (run > MAX_RUN_BYTES) this.tooLarge ??= { page, bytes: run };
      else if (start + run <= window.bytes.length)
        this.keys.readLeaf(
          window,
          start,
          start + run,
          page,
          ordinal,
          this.visit,
          this.beside?.isSame(start, run),
        );
      else this.keys.readLeaf(this.readRun(page * pageSize, run), 0, run, page, ordinal, this.visit);
    }
  }

  /** A leaf that reaches beyond its window. */
  private readRun(position: number, length: number): PageBytes {
    if (length > WINDOW_BYTES) return pageBytes(this.file.read(position, length));
    if (this.kept.length < length) this.kept = Buffer.allocUnsafeSlow(length);
    const bytes = this.kept.subarray(0, length);
    return pageBytes(bytes.subarray(0, this.file.readInto(bytes, position)));
  }
}

/** Honest, though far beyond what etcd allows by default: no damage. */
function tooLargeValue(path: string, { page, bytes }: { page: number; bytes: number }): Problem {
  const mebibytes = (count: number) => Math.floor(count / 1024 ** 2);
  const message = `${path}: holds a value of about ${mebibytes(bytes)} MiB in page ${page}; no more than ${mebibytes(MAX_RUN_BYTES)} MiB are read (etcd's own limit of a request is 1.5 MiB).`;
  return {
    code: "too-large-value",
    message,
    remedy: "Restore it with etcd's own tool: etcdutl snapshot restore <file>",
  };
}
