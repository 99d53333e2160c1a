/** Length of a key of the `key` bucket: main revision u64 big-endian, `_`, sub revision u64 big-endian. */
export const REVISION_BYTES = 17;
/** `t` behind the revision: the record deletes its key (`markTombstone` of etcd's mvcc/revision.go). */
export const TOMBSTONE_BYTE = 0x74;
const SEPARATOR_BYTE = 0x5f;
/** Of a revision's upper half, 2^62 in all: a restore's bump, and the writes after it, come near the end of int64. */
const HIGHEST_MAIN = 0x4000_0000;

/**
 * One record of etcd's `key` bucket, decoded in place: the revision from the bbolt key, the `mvccpb.KeyValue`
 * {1 key, 2 create_revision, 3 mod_revision, 4 version, 5 value, 6 lease} from the bbolt value. One object is filled
 * again and again; 64-bit numbers are kept as two halves, so that revisions above 2^53 stay exact without a bigint
 * a record.
 */
export class KeyRecord {
  /** The page bytes in which the ranges below lie. */
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(this.bytes.buffer);
  mainHigh = 0;
  mainLow = 0;
  sub = 0;
  isTombstone = false;
  /** The restore of etcdutl with `--bump-revision` leaves one record without a KeyValue. */
  isMarker = false;
  /** The file that is read beside this one has the same bytes in the same place: the whole leaf of the record. */
  hasTwin = false;
  keyStart = 0;
  keyEnd = 0;
  createHigh = 0;
  createLow = 0;
  version = 0;
  valueStart = 0;
  valueEnd = 0;
  leaseHigh = 0;
  leaseLow = 0;
  private varintHigh = 0;
  private varintLow = 0;

  get main(): bigint {
    return join(this.mainHigh, this.mainLow);
  }

  get create(): bigint {
    return join(this.createHigh, this.createLow);
  }

  get lease(): bigint {
    return join(this.leaseHigh, this.leaseLow);
  }

  /** Reads the revision from the bbolt key at `start`; a sentence when it is none. */
  readRevision(start: number, length: number): string | undefined {
    this.isTombstone = length === REVISION_BYTES + 1;
    if (length !== REVISION_BYTES && !this.isTombstone) return `has a key of ${length} bytes, not 17 or 18`;
    if (this.bytes[start + 8] !== SEPARATOR_BYTE) return "has a key that is not a revision";
    if (this.isTombstone && this.bytes[start + REVISION_BYTES] !== TOMBSTONE_BYTE) {
      return "has a revision with an unknown mark";
    }
    this.mainHigh = this.view.getUint32(start, false);
    this.mainLow = this.view.getUint32(start + 4, false);
    this.sub = this.view.getUint32(start + 13, false);
    // revisions are int64; a transaction of 2^32 operations is beyond every limit of etcd
    if (this.mainHigh > 0x7fff_ffff || this.view.getUint32(start + 9, false) !== 0)
      return "has a revision out of range";
    return this.mainHigh < HIGHEST_MAIN
      ? undefined
      : `has the revision ${this.main}, which leaves no room for others`;
  }

  /** Reads the KeyValue between `start` and `end`; a sentence when it is none, or is not the one of this revision. */
  readKeyValue(start: number, end: number): string | undefined {
    this.keyStart = this.keyEnd = this.valueStart = this.valueEnd = start;
    this.createHigh = this.createLow = this.version = this.leaseHigh = this.leaseLow = 0;
    this.isMarker = start === end && !this.isTombstone;
    if (this.isMarker) return undefined;

    let modHigh = 0;
    let modLow = 0;
    let at = start;
    while (at < end) {
      const tag = this.bytes[at] ?? 0;
      at = this.readVarint(at + 1, end);
      if (at < 0) return BAD_KEY_VALUE;
      switch (tag) {
        case 0x0a:
          // the last one would count, and who reads a key alone takes the first
          if (this.keyStart !== start) return BAD_KEY_VALUE;
          this.keyStart = at;
          this.keyEnd = at += this.length(at, end);
          break;
        case 0x10:
          this.createHigh = this.varintHigh;
          this.createLow = this.varintLow;
          break;
        case 0x18:
          modHigh = this.varintHigh;
          modLow = this.varintLow;
          break;
        case 0x20:
          this.version = this.varintHigh * 0x1_0000_0000 + this.varintLow;
          break;
        case 0x2a:
          this.valueStart = at;
          this.valueEnd = at += this.length(at, end);
          break;
        case 0x30:
          this.leaseHigh = this.varintHigh;
          this.leaseLow = this.varintLow;
          break;
        default:
          return BAD_KEY_VALUE;
      }
    }
    if (at !== end || this.keyEnd === this.keyStart) return BAD_KEY_VALUE;
    if (this.isTombstone) return undefined;
    return this.checkRevisions(modHigh, modLow);
  }

  private checkRevisions(modHigh: number, modLow: number): string | undefined {
    if (modHigh !== this.mainHigh || modLow !== this.mainLow) {
      return `has a record of revision ${this.main} that says revision ${join(modHigh, modLow)}`;
    }
    const createdLater =
      this.createHigh > modHigh || (this.createHigh === modHigh && this.createLow > modLow);
    if (createdLater)
      return `has a record of revision ${this.main} that was created later, at ${this.create}`;
    return this.version > 0 ? undefined : `has a record of revision ${this.main} without a version`;
  }

  /** The length just read, or one that makes the caller's position overshoot the end. */
  private length(at: number, end: number): number {
    return this.varintHigh === 0 && this.varintLow <= end - at ? this.varintLow : end - at + 1;
  }

  /** Reads a base-128 number into the halves; answers the position behind it, or -1. */
  private readVarint(from: number, end: number): number {
    let at = from;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) return -1;
      const byte = this.bytes[at++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.varintLow = low >>> 0;
        this.varintHigh = high >>> 0;
        return at;
      }
    }
    return -1;
  }
}

const BAD_KEY_VALUE = "has a record that is not an mvccpb.KeyValue";

/** Two halves as one 64-bit number. */
export function join(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
