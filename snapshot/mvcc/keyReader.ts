import { ELEMENT_BYTES, PAGE_HEADER_BYTES } from "../bolt/page";
import type { SnapshotFile } from "../file/snapshotFile";

/** Most keys of Kubernetes are no longer than this. */
const USUAL_KEY_BYTES = 256;
/** Field 1 of `mvccpb.KeyValue`, the key, which etcd writes first. */
const KEY_FIELD = 0x0a;

/**
 * Reads the keys of single records again, by the place where a scan of the same file has found them, and nothing of
 * their values but what lies on the first page of their leaf. Quick for places in the order of the file.
 */
export class KeyReader {
  private page = -1;
  private start: Buffer = Buffer.alloc(0);
  private kept: Buffer = Buffer.alloc(0);

  /** @param inline the page of an inline `key` bucket, if it is one; its records have page 0. */
  constructor(
    private readonly file: SnapshotFile,
    private readonly pageSize: number,
    private readonly inline: Buffer | undefined,
  ) {}

  /** The key of element number `element` of leaf `page`; undefined when only the whole record tells it. */
  read(page: number, element: number): string | undefined {
    if (page !== this.page) {
      this.start = page === 0 ? (this.inline ?? Buffer.alloc(0)) : this.readPage(page * this.pageSize);
      this.page = page;
    }
    const at = PAGE_HEADER_BYTES + element * ELEMENT_BYTES;
    const header = this.bytes(at, ELEMENT_BYTES);
    if (header.length < ELEMENT_BYTES) return undefined;
    const valueStart = at + header.readUInt32LE(4) + header.readUInt32LE(8);
    const valueBytes = header.readUInt32LE(12);
    return this.readKey(valueStart, valueBytes);
  }

  private readPage(position: number): Buffer {
    if (this.kept.length < this.pageSize) this.kept = Buffer.allocUnsafeSlow(this.pageSize);
    return this.kept.subarray(0, this.file.readInto(this.kept, position));
  }

  private readKey(valueStart: number, valueBytes: number): string | undefined {
    const head = this.bytes(valueStart, Math.min(USUAL_KEY_BYTES, valueBytes));
    if (head[0] !== KEY_FIELD) return undefined;
    let [length, at] = [0, 1];
    for (let shift = 0; ; shift += 7) {
      const byte = head[at++];
      if (byte === undefined || shift > 21) return undefined;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (at + length > valueBytes) return undefined;
    const key =
      at + length <= head.length ? head.subarray(at, at + length) : this.bytes(valueStart + at, length);
    return key.length === length ? key.toString("utf8") : undefined;
  }

  /** Bytes of the leaf, from its first page where they lie there. */
  private bytes(at: number, length: number): Buffer {
    if (this.page === 0 || at + length <= this.start.length) return this.start.subarray(at, at + length);
    return this.file.read(this.page * this.pageSize + at, length);
  }
}
