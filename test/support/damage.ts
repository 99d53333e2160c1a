import { sealDigest } from "./boltWriter";

/** A page of a snapshot in memory, found by what it is. */
export class PageEditor {
  readonly bytes: Buffer;
  readonly pageSize: number;

  constructor(original: Buffer) {
    this.bytes = Buffer.from(original);
    this.pageSize = original.readUInt32LE(24);
  }

  get pages(): number {
    return Number(this.bytes.readBigUInt64LE(56));
  }

  get root(): number {
    return Number(this.bytes.readBigUInt64LE(32));
  }

  /** The page of the list of free pages. */
  get freelist(): number {
    return Number(this.bytes.readBigUInt64LE(48));
  }

  /** The page ids that the list of free pages has. */
  get free(): number[] {
    const at = this.at(this.freelist);
    const count = this.bytes.readUInt16LE(at + 10);
    return Array.from({ length: count }, (_, i) => Number(this.bytes.readBigUInt64LE(at + 16 + 8 * i)));
  }

  set free(pages: readonly number[]) {
    const at = this.at(this.freelist);
    this.bytes.writeUInt16LE(pages.length, at + 10);
    pages.forEach((page, i) => void this.bytes.writeBigUInt64LE(BigInt(page), at + 16 + 8 * i));
  }

  /** Root page of a bucket. */
  bucketRoot(name: string): number {
    const at = this.bytes.indexOf(Buffer.from(name), this.root * this.pageSize + 16 + 4 * 16 + 0);
    return Number(this.bytes.readBigUInt64LE(at + name.length));
  }

  /** Position of the header of a page. */
  at(page: number): number {
    return page * this.pageSize;
  }

  /** Position of the n-th element of a page. */
  element(page: number, n: number): number {
    return this.at(page) + 16 + 16 * n;
  }

  /** Flips one bit. */
  flip(position: number): void {
    this.bytes[position] = (this.bytes[position] ?? 0) ^ 1;
  }

  /** The n-th child of a branch page. */
  child(page: number, n: number): number {
    return Number(this.bytes.readBigUInt64LE(this.element(page, n) + 8));
  }

  setChild(page: number, n: number, child: number): void {
    this.bytes.writeBigUInt64LE(BigInt(child), this.element(page, n) + 8);
  }

  /** The snapshot with a right digest again. */
  sealed(): Buffer {
    return sealDigest(this.bytes);
  }
}
