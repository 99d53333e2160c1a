/**
 * The page of a bbolt file, as `go.etcd.io/bbolt/internal/common/page.go` declares it:
 * `id uint64, flags uint16, count uint16, overflow uint32`, little-endian, 16 bytes. The page and its `overflow`
 * following pages are one run of bytes, of which only the first page has a header.
 */
export const PAGE_HEADER_BYTES = 16;

/** `branchPageFlag` and its siblings. A page has exactly one of them. */
export const PageFlag = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;

/** `branchPageElement` {pos u32, ksize u32, pgid u64} and `leafPageElement` {flags, pos, ksize, vsize u32}. */
export const ELEMENT_BYTES = 16;

/** `bucketLeafFlag`: the value of this leaf element is a bucket. */
export const BUCKET_LEAF_FLAG = 0x01;

/** A run of bytes that is read as a page. */
export interface PageBytes {
  readonly bytes: Buffer;
  /** Over the same memory as `bytes`; its offsets are those of `bytes`. */
  readonly view: DataView;
}

/** The header of a page; ids beyond 2^53 come out inexact, and are out of any file's range all the same. */
export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  readonly count: number;
  readonly overflow: number;
}

/** Reads the header of the page that begins at `at`. */
export function readPageHeader(view: DataView, at: number): PageHeader {
  return {
    id: readUint64(view, at),
    flags: view.getUint16(at + 8, true),
    count: view.getUint16(at + 10, true),
    overflow: view.getUint32(at + 12, true),
  };
}

/** A little-endian u64 as a number: exact up to 2^53, which no page id or size of a real file reaches. */
export function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}

/** Pairs a buffer with a view of the same memory. */
export function pageBytes(bytes: Buffer): PageBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** How a page kind is called in messages. */
export function describeFlags(flags: number): string {
  for (const [name, flag] of Object.entries(PageFlag)) {
    if (flag === flags) return `a ${name} page`;
  }
  return `flags 0x${flags.toString(16).padStart(2, "0")}`;
}
