import { PAGE_HEADER_BYTES, PageFlag, readPageHeader, readUint64 } from "./page";

/** `magic` of bbolt's db.go; little-endian in the file: ed da 0c ed. */
export const MAGIC = 0xed0cdaed;
const VERSION = 2;
/** `pgidNoFreelist`: the list of free pages is not kept in the file. etcd writes it so (`NoFreelistSync`). */
const NO_FREELIST = 0xffff_ffff_ffff_ffffn;
/** Bytes of a meta structure that its checksum covers. */
const CHECKED_BYTES = 56;
export const META_BYTES = PAGE_HEADER_BYTES + 64;
/** The page size is that of the machine that made the file: 4, 16 or 64 KiB; bbolt itself tries every power of two. */
const PAGE_SIZES = Array.from({ length: 8 }, (_, shift) => 1024 << shift);

/** A meta page (`internal/common/meta.go`): where everything else begins. */
export interface Meta {
  /** Bytes a page. */
  readonly pageSize: number;
  /** Page of the root bucket. */
  readonly root: number;
  /** Page of the freelist, or undefined when the file keeps none. */
  readonly freelist: number | undefined;
  /** High-water mark: the first page id that is not in the file. */
  readonly highWater: number;
  readonly txid: bigint;
}

/** A meta page, or why it is none. */
export type MetaReading = { readonly meta: Meta } | { readonly fault: string; readonly magic: boolean };

/** Both meta pages of a file, from the first {@link META_SEARCH_BYTES} bytes. */
export interface MetaPages {
  readonly first: MetaReading;
  readonly second: MetaReading;
}

/**
 * Reads both meta pages: page 0 is at 0, page 1 where page 0 says a page ends, or where one is found.
 * @param view the beginning of the file: {@link META_SEARCH_BYTES} bytes of it, or all of a smaller file.
 */
export function readMetaPages(view: DataView): MetaPages {
  const first = readMeta(view, 0, 0);
  if ("meta" in first) return { first, second: readMeta(view, first.meta.pageSize, 1) };
  const readings = PAGE_SIZES.map((size) => readMeta(view, size, 1));
  const second = readings.find((r) => "meta" in r) ?? readings.find((r) => "magic" in r && r.magic);
  return { first, second: second ?? readMeta(view, 4096, 1) };
}

/** As far as the second meta page can begin, and its bytes. */
export const META_SEARCH_BYTES = (1024 << 7) + META_BYTES;

function readMeta(view: DataView, at: number, pageId: number): MetaReading {
  if (at + META_BYTES > view.byteLength) return { fault: "lies beyond the end of the file", magic: false };
  const base = at + PAGE_HEADER_BYTES;
  if (view.getUint32(base, true) !== MAGIC) return { fault: "has no bbolt magic 0xED0CDAED", magic: false };
  const fault = (text: string): MetaReading => ({ fault: text, magic: true });

  const version = view.getUint32(base + 4, true);
  if (version !== VERSION) return fault(`has version ${version} instead of ${VERSION}`);
  if (view.getBigUint64(base + CHECKED_BYTES, true) !== fnv1a64(view, base, CHECKED_BYTES)) {
    return fault("has a wrong checksum");
  }
  const header = readPageHeader(view, at);
  if (header.id !== pageId) return fault(`has id ${header.id} in its header`);
  if (header.flags !== PageFlag.meta) return fault(`has flags 0x${header.flags.toString(16)} instead of 0x4`);
  const pageSize = view.getUint32(base + 8, true);
  if (!PAGE_SIZES.includes(pageSize)) return fault(`has a page size of ${pageSize} bytes`);
  const freelist = view.getBigUint64(base + 32, true);
  return {
    meta: {
      pageSize,
      root: readUint64(view, base + 16),
      freelist: freelist === NO_FREELIST ? undefined : Number(freelist),
      highWater: readUint64(view, base + 40),
      txid: view.getBigUint64(base + 48, true),
    },
  };
}

/** FNV-1a, 64 bits, as `meta.Sum64` uses it. */
export function fnv1a64(view: DataView, at: number, length: number): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (let i = 0; i < length; i++) {
    hash = ((hash ^ BigInt(view.getUint8(at + i))) * 0x100_0000_01b3n) & 0xffff_ffff_ffff_ffffn;
  }
  return hash;
}
