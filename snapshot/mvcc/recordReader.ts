import { ELEMENT_BYTES, PAGE_HEADER_BYTES, pageBytes, readPageHeader } from "../bolt/page";
import { ReadError } from "../file/readError";
import type { SnapshotFile } from "../file/snapshotFile";
import { KeyRecord } from "./keyRecord";

/** Most leaves are no longer than this. */
const USUAL_PAGES = 4;
/** Leaves up to here are read into one buffer, again and again: thousands of buffers would wait to be collected. */
const KEPT_BYTES = 1024 * 1024;

/** Reads single records again, by the place where a scan of the same file has found them. */
export class RecordReader {
  private kept: Buffer = Buffer.alloc(0);

  /** @param inline the page of an inline `key` bucket, if it is one; its records have page 0. */
  constructor(
    private readonly file: SnapshotFile,
    private readonly pageSize: number,
    private readonly inline: Buffer | undefined,
  ) {}

  /**
   * The record at element number `element` of leaf `page`. Its bytes may be used until the next one is read.
   * @throws ReadError when it is not there any more.
   */
  read(page: number, element: number): KeyRecord {
    try {
      return this.readRecord(page, element);
    } catch (error) {
      if (error instanceof RangeError) throw ReadError.changed(this.file.path);
      throw error;
    }
  }

  private readRecord(page: number, element: number): KeyRecord {
    const run = page === 0 ? (this.inline ?? Buffer.alloc(0)) : this.readRun(page);
    const { bytes, view } = pageBytes(run);
    const at = PAGE_HEADER_BYTES + element * ELEMENT_BYTES;
    const keyStart = at + view.getUint32(at + 4, true);
    const valueStart = keyStart + view.getUint32(at + 8, true);
    const record = new KeyRecord();
    record.bytes = bytes;
    record.view = view;
    const valueEnd = valueStart + view.getUint32(at + 12, true);
    const fault =
      valueEnd > bytes.length ||
      record.readRevision(keyStart, valueStart - keyStart) !== undefined ||
      record.readKeyValue(valueStart, valueEnd) !== undefined;
    if (fault) throw ReadError.changed(this.file.path);
    return record;
  }

  private readRun(page: number): Buffer {
    const position = page * this.pageSize;
    const begin = this.readKept(position, USUAL_PAGES * this.pageSize);
    const { overflow } = readPageHeader(pageBytes(begin).view, 0);
    return overflow < USUAL_PAGES ? begin : this.readKept(position, (overflow + 1) * this.pageSize);
  }

  private readKept(position: number, length: number): Buffer {
    if (length > KEPT_BYTES) return this.file.read(position, length);
    if (this.kept.length < length) this.kept = Buffer.allocUnsafeSlow(length);
    const bytes = this.kept.subarray(0, length);
    return bytes.subarray(0, this.file.readInto(bytes, position));
  }
}
