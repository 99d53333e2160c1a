import { createHash } from "node:crypto";
import * as fs from "node:fs";

/**
 * Writes bbolt files page by page, as bulk loads: the tests' and benchmarks' counterpart of the reader, kept apart from
 * it so that a mistake in one is seen by the other. etcd's own tools accept what it writes.
 */
export interface BoltOptions {
  readonly pageSize?: number;
  /** Leave every n-th page unused and full of old bytes, as a used store has them. Default 0: none. */
  readonly freeEvery?: number;
  /** Keep a list of the unused pages in the file, as etcd before 3.4 does. Default false. */
  readonly withFreelist?: boolean;
  /** Begin a new leaf above this part of a page, but not before it has two elements. Default 0.9, as etcd sets it. */
  readonly fill?: number;
}

/** A key and a value of a bucket. */
export type Pair = readonly [key: Buffer, value: Buffer];

const HEADER_BYTES = 16;
const LEAF = 2;
const BRANCH = 1;
const FREELIST = 0x10;

interface Node {
  readonly key: Buffer;
  readonly page: number;
}

/** An open bbolt file that grows by whole buckets; `close` writes root, meta pages and, if wanted, the digest. */
export class BoltWriter {
  private readonly fd: number;
  private readonly pageSize: number;
  private next = 2;
  private readonly roots: Pair[] = [];
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private written = 0;
  private readonly unused: number[] = [];

  constructor(
    private readonly path: string,
    private readonly options: BoltOptions = {},
  ) {
    this.pageSize = options.pageSize ?? 4096;
    this.fd = fs.openSync(path, "w", 0o600);
    this.append(Buffer.alloc(2 * this.pageSize));
  }

  /** Adds a bucket with a tree of its own. Buckets must come in the order of their names, pairs in the order of keys. */
  bucket(name: string, pairs: Iterable<Pair>): void {
    const leaves: Node[] = [];
    let page: Pair[] = [];
    let bytes = HEADER_BYTES;
    const limit = this.pageSize * (this.options.fill ?? 0.9);
    for (const pair of pairs) {
      const size = 16 + pair[0].length + pair[1].length;
      if (page.length >= 2 && bytes + size > limit) {
        leaves.push({ key: page[0]?.[0] ?? Buffer.alloc(0), page: this.writeLeaf(page) });
        page = [];
        bytes = HEADER_BYTES;
      }
      page.push(pair);
      bytes += size;
    }
    if (page.length > 0 || leaves.length === 0) {
      leaves.push({ key: page[0]?.[0] ?? Buffer.alloc(0), page: this.writeLeaf(page) });
    }
    const value = Buffer.alloc(16);
    value.writeBigUInt64LE(BigInt(this.writeBranches(leaves)), 0);
    this.roots.push([Buffer.from(name), value]);
  }

  /** Adds a bucket whose page lies in the root page's value. */
  inlineBucket(name: string, pairs: readonly Pair[]): void {
    this.roots.push([Buffer.from(name), Buffer.concat([Buffer.alloc(16), layOut(0, LEAF, pairs)])]);
  }

  /** Finishes the file. Answers its path. */
  close(withDigest = true): string {
    const root = this.writeLeaf(this.roots, 1);
    const freelist = this.options.withFreelist === true ? this.writeFreelist() : undefined;
    this.flush();
    for (const page of [0, 1]) {
      fs.writeSync(
        this.fd,
        metaPage(page, this.pageSize, root, this.next, 8 - page, freelist),
        0,
        this.pageSize,
        page * this.pageSize,
      );
    }
    if (withDigest) fs.writeSync(this.fd, digestOf(this.path), 0, 32, this.next * this.pageSize);
    fs.closeSync(this.fd);
    return this.path;
  }

  private writeBranches(children: readonly Node[]): number {
    const [only] = children;
    if (only === undefined) throw new Error("a bucket has at least one page");
    if (children.length === 1) return only.page;
    const parents: Node[] = [];
    const perPage = Math.max(2, Math.floor(this.pageSize / (16 + 18)) - 1);
    for (let i = 0; i < children.length; i += perPage) {
      const group = children.slice(i, i + perPage);
      parents.push({ key: group[0]?.key ?? Buffer.alloc(0), page: this.writeBranch(group) });
    }
    return this.writeBranches(parents);
  }

  private writeBranch(children: readonly Node[]): number {
    const keys = children.map(({ key }): Pair => [key, Buffer.alloc(0)]);
    return this.writePage((id) => {
      const page = layOut(id, BRANCH, keys);
      children.forEach((child, i) => {
        const element = HEADER_BYTES + i * 16;
        const position = page.readUInt32LE(element + 4);
        page.writeUInt32LE(position, element);
        page.writeUInt32LE(child.key.length, element + 4);
        page.writeBigUInt64LE(BigInt(child.page), element + 8);
      });
      return page;
    });
  }

  private writeLeaf(pairs: readonly Pair[], flags = 0): number {
    return this.writePage((id) => layOut(id, LEAF, pairs, flags));
  }

  private writePage(make: (id: number) => Buffer): number {
    const { freeEvery } = this.options;
    if (freeEvery !== undefined && freeEvery > 0 && this.next % freeEvery === 0) this.writeStalePage();
    const id = this.next;
    const page = make(id);
    const pages = Math.ceil(page.length / this.pageSize);
    page.writeUInt32LE(pages - 1, 12);
    this.append(Buffer.concat([page, Buffer.alloc(pages * this.pageSize - page.length)]));
    this.next += pages;
    return id;
  }

  /** A page that was in use once: the last one written, under its own old id. */
  private writeStalePage(): void {
    const last = this.pending.at(-1) ?? Buffer.alloc(this.pageSize, 0xa5);
    this.append(Buffer.from(last.subarray(0, this.pageSize)));
    this.unused.push(this.next++);
  }

  private writeFreelist(): number {
    return this.writePage((id) => {
      const page = Buffer.alloc(HEADER_BYTES + 8 * this.unused.length);
      page.writeBigUInt64LE(BigInt(id), 0);
      page.writeUInt16LE(FREELIST, 8);
      page.writeUInt16LE(this.unused.length, 10);
      this.unused.forEach((free, i) => void page.writeBigUInt64LE(BigInt(free), HEADER_BYTES + 8 * i));
      return page;
    });
  }

  private append(bytes: Buffer): void {
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    if (this.pendingBytes > 8 << 20) this.flush();
  }

  private flush(): void {
    const bytes = Buffer.concat(this.pending);
    fs.writeSync(this.fd, bytes, 0, bytes.length, this.written);
    this.written += bytes.length;
    this.pending = [];
    this.pendingBytes = 0;
  }
}

/** A leaf page of some pairs, unpadded; for a branch page the caller rewrites the elements. */
export function layOut(id: number, type: number, pairs: readonly Pair[], flags = 0): Buffer {
  const size = pairs.reduce((sum, [key, value]) => sum + 16 + key.length + value.length, HEADER_BYTES);
  const page = Buffer.alloc(size);
  page.writeBigUInt64LE(BigInt(id), 0);
  page.writeUInt16LE(type, 8);
  page.writeUInt16LE(pairs.length, 10);
  let data = HEADER_BYTES + pairs.length * 16;
  pairs.forEach(([key, value], i) => {
    const element = HEADER_BYTES + i * 16;
    page.writeUInt32LE(flags, element);
    page.writeUInt32LE(data - element, element + 4);
    page.writeUInt32LE(key.length, element + 8);
    page.writeUInt32LE(value.length, element + 12);
    key.copy(page, data);
    value.copy(page, data + key.length);
    data += key.length + value.length;
  });
  return page;
}

/** A meta page with a right checksum. */
export function metaPage(
  page: number,
  pageSize: number,
  root: number,
  highWater: number,
  txid: number,
  freelist?: number,
): Buffer {
  const bytes = Buffer.alloc(pageSize);
  bytes.writeBigUInt64LE(BigInt(page), 0);
  bytes.writeUInt16LE(4, 8);
  bytes.writeUInt32LE(0xed0cdaed, 16);
  bytes.writeUInt32LE(2, 20);
  bytes.writeUInt32LE(pageSize, 24);
  bytes.writeBigUInt64LE(BigInt(root), 32);
  if (freelist === undefined) bytes.fill(0xff, 48, 56);
  else bytes.writeBigUInt64LE(BigInt(freelist), 48);
  bytes.writeBigUInt64LE(BigInt(highWater), 56);
  bytes.writeBigUInt64LE(BigInt(txid), 64);
  sealMeta(bytes, 0);
  return bytes;
}

/** Computes the checksum of the meta page that begins at `at` anew. */
export function sealMeta(bytes: Buffer, at: number): void {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes.subarray(at + 16, at + 72))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  bytes.writeBigUInt64LE(hash, at + 72);
}

/** Computes the digest at the end of a snapshot anew. */
export function sealDigest(bytes: Buffer): Buffer {
  createHash("sha256")
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.length - 32);
  return bytes;
}

function digestOf(path: string): Buffer {
  const hash = createHash("sha256");
  const fd = fs.openSync(path, "r");
  const chunk = Buffer.alloc(4 << 20);
  for (let n = fs.readSync(fd, chunk); n > 0; n = fs.readSync(fd, chunk)) hash.update(chunk.subarray(0, n));
  fs.closeSync(fd);
  return hash.digest();
}
