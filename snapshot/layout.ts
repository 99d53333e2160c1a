import { META_SEARCH_BYTES, type Meta, type MetaReading, readMetaPages } from "./bolt/meta";
import { pageBytes } from "./bolt/page";
import { compareDigest } from "./file/prefixDigest";
import type { SnapshotFile } from "./file/snapshotFile";
import { explainForeign, looksCrlfConverted } from "./foreign";
import type { Problem } from "./verdict";

/** SHA-256 that `etcdctl snapshot save` appends. */
export const DIGEST_BYTES = 32;
const SMALLEST_BYTES = 2 * 4096;

/** What the first look at a file tells: which meta page counts, and which bytes the digest covers. */
export interface Layout {
  readonly meta: Meta;
  /** Bytes in front of the digest: high-water mark times page size. */
  readonly contentBytes: number;
  /** False only for files accepted by `allowUnhashed`. */
  readonly hasDigest: boolean;
  /** With `allowUnhashed`: why one of the meta pages is not used, which may have been the newer one. */
  readonly lostMeta?: string;
}

const ANOTHER_COPY =
  "Take another copy of the snapshot, and compare its size and sha256sum at both ends of the transfer.";

/**
 * Checks size, magic, meta pages and the size against the high-water mark, in this order, without reading more than
 * the first pages. The source of the rules is `Tx.WriteTo` of bbolt: it writes both meta pages (equal but for the
 * transaction id), then every page up to the high-water mark; etcd appends the digest.
 */
export function readLayout(file: SnapshotFile, allowUnhashed: boolean): Layout | Problem {
  if (file.size === 0) {
    return { code: "empty", message: `${file.path}: is an empty file.`, remedy: "Take the snapshot again." };
  }
  if (file.size < DIGEST_BYTES) return tooSmall(file);
  const { first, second } = readMetaPages(pageBytes(file.read(0, META_SEARCH_BYTES)).view);
  const meta = newest(first, second);
  if (meta === undefined) return withoutMeta(file, first, second);
  const size = checkSize(file, meta, allowUnhashed);
  if ("code" in size) return looksCrlfConverted(file) ? crlfConverted(file) : size;
  const fault = metaFault(first, second);
  if (fault === undefined) return size;
  return allowUnhashed && !size.hasDigest
    ? { ...size, lostMeta: fault }
    : { code: "meta-invalid", message: `${file.path}: ${fault}.`, remedy: ANOTHER_COPY };
}

/** bbolt uses the valid meta page with the higher transaction id. */
function newest(first: MetaReading, second: MetaReading): Meta | undefined {
  const metas = [first, second].flatMap((reading) => ("meta" in reading ? [reading.meta] : []));
  return metas.reduce<Meta | undefined>((a, b) => (a === undefined || b.txid > a.txid ? b : a), undefined);
}

/** A snapshot has two valid meta pages; a data directory may have one after a power failure. */
function metaFault(first: MetaReading, second: MetaReading): string | undefined {
  if ("fault" in first) return `meta page 0 ${first.fault}`;
  if ("fault" in second) return `meta page 1 ${second.fault}`;
  return first.meta.pageSize === second.meta.pageSize
    ? undefined
    : `the meta pages disagree on the page size (${first.meta.pageSize} and ${second.meta.pageSize} bytes)`;
}

function withoutMeta(file: SnapshotFile, first: MetaReading, second: MetaReading): Problem {
  const foreign = explainForeign(file);
  if (foreign !== undefined) return foreign;
  const hasMagic = [first, second].some((reading) => "magic" in reading && reading.magic);
  if (!hasMagic && file.size < SMALLEST_BYTES) return tooSmall(file);
  if (!hasMagic) {
    const message = `${file.path}: has no bbolt magic 0xED0CDAED in page 0 or 1.`;
    return { code: "not-bolt", message, remedy: "Give a file that `etcdctl snapshot save` wrote." };
  }
  if (looksCrlfConverted(file)) return crlfConverted(file);
  const faults = [first, second].map(
    (reading, page) => `page ${page} ${"fault" in reading ? reading.fault : ""}`,
  );
  const message = `${file.path}: both meta pages are invalid: ${faults.join(", ")}.`;
  return { code: "meta-invalid", message, remedy: ANOTHER_COPY };
}

function checkSize(file: SnapshotFile, meta: Meta, allowUnhashed: boolean): Layout | Problem {
  const { path, size } = file;
  const contentBytes = meta.highWater * meta.pageSize;
  const wanted = contentBytes + DIGEST_BYTES;
  const isPossible = meta.highWater >= 3 && Number.isSafeInteger(wanted);
  if (!isPossible || !(meta.root >= 2 && meta.root < meta.highWater)) {
    const message = `${path}: the meta page is nonsense: root page ${meta.root} of ${meta.highWater} pages.`;
    return { code: "meta-invalid", message, remedy: ANOTHER_COPY };
  }
  if (size < contentBytes) {
    const message = `${path}: is truncated: the file has ${bytes(size)}, its meta page says ${bytes(wanted)}.`;
    return { code: "truncated", message, remedy: ANOTHER_COPY };
  }
  if (size === wanted) return { meta, contentBytes, hasDigest: true };
  if (size > contentBytes && size < wanted) {
    const message = `${path}: is truncated: ${bytes(wanted - size)} short of its digest's end (${bytes(size)} of ${bytes(wanted)}).`;
    return { code: "truncated", message, remedy: ANOTHER_COPY };
  }
  if (size % meta.pageSize === 0 && !compareDigest(file, contentBytes)) {
    return allowUnhashed ? { meta, contentBytes, hasDigest: false } : noDigest(path);
  }
  const message = `${path}: has ${bytes(size - wanted)} after the digest: ${bytes(size)}, its meta page says ${bytes(wanted)}.`;
  const remedy = `Take another copy, or cut it off: head -c ${wanted} <file> > <new file>.`;
  return { code: "trailing-bytes", message, remedy };
}

function noDigest(path: string): Problem {
  const message = `${path}: has no digest at its end: it was copied from a data directory, or the digest was cut off.`;
  const remedy =
    "Take a snapshot with `etcdctl snapshot save`, or allow it with --allow-unhashed: then nothing proves its bytes, and writes that were only in the WAL are missing.";
  return { code: "no-digest", message, remedy };
}

function tooSmall(file: SnapshotFile): Problem {
  const message = `${file.path}: is too small (${bytes(file.size)}): a snapshot has at least 2 pages (${bytes(SMALLEST_BYTES)}).`;
  return { code: "too-small", message, remedy: ANOTHER_COPY };
}

function crlfConverted(file: SnapshotFile): Problem {
  const message = `${file.path}: looks CRLF-converted: every line feed has a carriage return in front, as after a copy through a TTY.`;
  const remedy = "Take another copy without a terminal in between (no `-t` in `kubectl exec` or `ssh`).";
  return { code: "crlf-converted", message, remedy };
}

/** "1 byte", "29163552 bytes". */
export function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}
