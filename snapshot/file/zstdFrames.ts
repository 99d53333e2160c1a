import type { Problem } from "../verdict";
import { SnapshotFile } from "./snapshotFile";

/** The most that `zstd -d` allows without `--long`, and what every window costs in memory (RFC 8878 §3.1.1.1.2). */
const LARGEST_WINDOW_BYTES = 128 * 1024 * 1024;
const FRAME = 0xfd2f_b528;
const SKIPPABLE = 0x184d_2a50;
/** Magic, descriptor, window, dictionary id and size of the content, at most. */
const HEADER_BYTES = 18;
const BLOCK_HEADER_BYTES = 3;
const RLE_BLOCK = 1;
/** Heads may stand three bytes apart: they are read so many bytes at once. */
const READ_BYTES = 64 * 1024;

/** What the heads of a file's frames and blocks tell, before anything is unpacked. */
export interface ZstdFrames {
  /**
   * Whether the file is one frame, from its first byte to its last. Node's zlib reads no more than that one: it is
   * silent about what follows, and in Node 22 about an end that is missing.
   */
  readonly isOne: boolean;
}

/** Walks a file's frames and blocks by their heads alone. A Problem: it cannot be unpacked in bounded memory. */
export function readFrames(file: SnapshotFile): ZstdFrames | Problem {
  let isOne = false;
  const heads = new Heads(file);
  for (let at = 0; at + HEADER_BYTES / 2 <= file.size; ) {
    const head = heads.read(at);
    const magic = head.readUInt32LE(0);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE) {
      at += 8 + head.readUInt32LE(4);
      continue;
    }
    if (magic !== FRAME) break; // what it is, whoever unpacks it will say
    const { window, headerBytes, checksumBytes } = readHeader(head);
    if (window > LARGEST_WINDOW_BYTES) return tooLarge(file.path, window);
    const end = endOfBlocks(file, heads, at + headerBytes) + checksumBytes;
    isOne = at === 0 && end === file.size;
    at = end;
  }
  return { isOne };
}

/** The heads of frames and blocks, in the order of the file. */
class Heads {
  private readonly bytes = Buffer.alloc(READ_BYTES);
  /** Where what was read begins and ends. */
  private start = 0;
  private end = 0;

  constructor(private readonly file: SnapshotFile) {}

  /** {@link HEADER_BYTES} bytes from `at` on; zeros behind the end of the file. Used until the next ones are read. */
  read(at: number): Buffer {
    if (at < this.start || at + HEADER_BYTES > this.end) {
      const filled = this.file.readInto(this.bytes, at);
      this.bytes.fill(0, filled);
      this.start = at;
      this.end = at + READ_BYTES;
    }
    return this.bytes.subarray(at - this.start, at - this.start + HEADER_BYTES);
  }
}

/** Whether a file is one frame of zstd, see {@link ZstdFrames.isOne}. */
export function isOneZstdFrame(path: string): boolean {
  const file = SnapshotFile.open(path);
  if (!(file instanceof SnapshotFile)) return false;
  try {
    const frames = readFrames(file);
    return "isOne" in frames && frames.isOne;
  } finally {
    file.close();
  }
}

function readHeader(head: Buffer): { window: number; headerBytes: number; checksumBytes: number } {
  const descriptor = head.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const window = isSingleSegment ? contentSize(head, at, sizeBytes) : windowSize(head.readUInt8(5));
  return { window, headerBytes: at + sizeBytes, checksumBytes: (descriptor & 4) === 0 ? 0 : 4 };
}

function contentSize(head: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(head.readBigUInt64LE(at));
  return head.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Behind the file's end where that comes before the last block's. */
function endOfBlocks(file: SnapshotFile, heads: Heads, start: number): number {
  for (let at = start; at + BLOCK_HEADER_BYTES <= file.size; ) {
    const header = heads.read(at).readUIntLE(0, BLOCK_HEADER_BYTES);
    const isRepeated = ((header >> 1) & 3) === RLE_BLOCK;
    at += BLOCK_HEADER_BYTES + (isRepeated ? 1 : header >> 3);
    if ((header & 1) === 1) return at;
  }
  return file.size + 1;
}

function tooLarge(path: string, window: number): Problem {
  const mebibytes = Math.ceil(window / 1024 ** 2);
  const message = `${path}: needs a window of ${mebibytes} MiB to be unpacked (compressed with zstd --long or --ultra); at most 128 MiB are given.`;
  return {
    code: "compressed-damaged",
    message,
    remedy: "Unpack it first: zstd -d --long=31 <file> -o <new file>",
  };
}
