import type { Readable } from "node:stream";
import type { Content } from "./content";

/** An object in a store, as a listing tells it. */
export interface StoredObject {
  /** From the store's root, parts joined by `/`: `v1/uc1/2026/11/27/20261127T010203Z-0123456789ab/manifest.json`. */
  readonly key: string;
  readonly bytes: number;
  /** CRC32C in base64, as the store has computed it; absent where a store computes none. */
  readonly crc32c?: string;
  /** Why the store lets nobody remove it now: a hold, or a retention that has not ended. */
  readonly held?: string;
}

/** A part of an object, in bytes. */
export interface ByteRange {
  /** First byte, from 0. */
  readonly start: number;
  /** Last byte, inclusive. Default: the object's last. */
  readonly end?: number;
}

/**
 * Where backups lie: objects that are written once and never changed. Every operation fails by {@link StoreError}, which
 * names the store and says what mends it.
 */
export interface Store {
  /** What names it in messages and on the command line: a directory's path, or `gs://bucket/prefix`. */
  readonly location: string;
  /** Every finished object whose key begins with the prefix, in the order of keys; none when there is none. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  /** An object's bytes, or a range of them. A failure ends the stream: it rejects whoever reads it. */
  read(key: string, range?: ByteRange): Readable;
  /**
   * Writes an object whole or not at all. The same bytes under the same key again are taken for done.
   *
   * @throws StoreError `exists` when the key holds other bytes
   */
  writeOnce(key: string, content: Content): Promise<StoredObject>;
  /** Removes an object, for the pruner; one that is not there is no error. @throws StoreError `held` */
  remove(key: string): Promise<void>;
  /** An object's address, to give to people: a path, or `gs://bucket/key`. */
  address(key: string): string;
}

const part = /^(?!\.)[A-Za-z0-9._@=+-]{1,200}$/;

/** Keys are plain in every store: no empty or hidden part, nothing that leads out of it. */
export function isStoreKey(key: string): boolean {
  return key.length <= 900 && key.split("/").every((one) => part.test(one));
}
