import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Backup, type CompleteBackup, isComplete, listBackups } from "./backups";
import { type GcsOptions, GcsStore } from "./gcsStore";
import { placeBelow } from "./layout";
import { filesOf, keysNamed, MANIFEST, manifestText } from "./manifest";
import { parseBucketUrl } from "./openStore";
import { type CacheEntry, openEntry } from "./snapshotCache";
import type { Store } from "./store";
import { StoreError } from "./storeError";

/**
 * Brings a backup from a bucket onto this machine as it is stored there, packed and encrypted: its snapshot, the machines'
 * bundles of keys, its manifest. What was brought for the same restore before is not brought again.
 *
 * @param address of the backup or of its snapshot: `gs://bucket[/prefix]/v1/…`. @returns the snapshot's path
 * @throws UserError when it is no backup's address or may not be restored; StoreError
 */
export async function fetchSnapshot(
  address: string,
  into: Omit<CacheEntry, "sha256">,
  options?: GcsOptions,
): Promise<string> {
  const { bucket, path } = parseBucketUrl(address, "restore.snapshot");
  const found = placeBelow(path);
  if (found === undefined)
    throw new StoreError(
      "invalid",
      `restore.snapshot: ${address}: is not the address of a backup.`,
      `Look: etcd-recovery catalog list --store gs://${bucket}`,
    );
  const { prefix, place } = found;
  const store = new GcsStore(bucket, prefix, options);
  const backup = (await listBackups(store, place.cluster)).find(({ key }) => key === place.key);
  if (backup === undefined || !isComplete(backup)) throw notRestorable(address, store.location, backup);
  const directory = await openEntry({ ...into, sha256: backup.manifest.snapshot.plain.sha256 });
  return bringBackup(store, backup, directory);
}

async function bringBackup(store: Store, backup: CompleteBackup, directory: string): Promise<string> {
  const { manifest, key } = backup;
  const text = manifestText(manifest);
  // nobody who restores reads the list of keys
  const files = filesOf(manifest).filter(({ file }) => file !== keysNamed(manifest)?.file);
  const isKnown = (await readFile(join(directory, MANIFEST), "utf8").catch(() => "")) === text;
  for (const { file, bytes } of files) {
    const target = join(directory, file);
    const isThere = isKnown && (await stat(target).catch(() => undefined))?.size === bytes;
    if (!isThere) await written(target, (part) => pipeline(store.read(`${key}/${file}`), partOf(part)));
  }
  if (!isKnown) await written(join(directory, MANIFEST), (part) => writeFile(part, text, { mode: 0o600 }));
  return join(directory, manifest.snapshot.file);
}

const partOf = (path: string) => createWriteStream(path, { flags: "wx", mode: 0o600, flush: true });

/** Whole and on the disk, or not there. */
async function written(target: string, write: (part: string) => Promise<void>): Promise<void> {
  const part = join(target, "..", `.${randomUUID()}`);
  try {
    await write(part);
    await synced(part);
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
}

function notRestorable(address: string, location: string, backup: Backup | undefined): StoreError {
  const why = backup === undefined ? "is not there" : `is ${backup.state}: ${backup.reason}`;
  const list = `etcd-recovery catalog list --store ${location}`;
  return new StoreError("missing", `restore.snapshot: ${address}: ${why}.`, `Choose another: ${list}`);
}

async function synced(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
