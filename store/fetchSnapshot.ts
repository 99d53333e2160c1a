import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { AgeIdentities } from "./age/identities";
import { type Backup, type CompleteBackup, isComplete, listBackups, snapshotKeyOf } from "./backups";
import { DirectoryStore } from "./directoryStore";
import { type GcsOptions, GcsStore } from "./gcsStore";
import { placeOf } from "./layout";
import { MANIFEST, manifestText, PLAIN_SNAPSHOT } from "./manifest";
import { parseBucketUrl } from "./openStore";
import { openPlain } from "./plainSnapshot";
import type { Store } from "./store";
import { StoreError } from "./storeError";

/** Where snapshots of buckets are kept on this machine: a directory each, readable by its owner alone. */
export const snapshotCache = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "etcd-recovery", "snapshots");

/**
 * Brings a snapshot from a bucket onto this machine, with its manifest beside it. One that was brought before is not
 * brought again.
 *
 * @param address of the backup or of its snapshot: `gs://bucket[/prefix]/v1/…`. @returns the file's path
 * @throws UserError when it is no backup's address or may not be restored; StoreError
 */
export async function fetchSnapshot(
  address: string,
  cache: string,
  options?: GcsOptions & { readonly identities?: AgeIdentities | undefined },
): Promise<string> {
  const { bucket, path } = parseBucketUrl(address, "restore.snapshot");
  const [, prefix = "", rest = ""] = /^(?:(.*?)\/)?(v1\/.*)$/.exec(path) ?? [];
  const place = placeOf(rest);
  if (place === undefined)
    throw new StoreError(
      "invalid",
      `restore.snapshot: ${address}: is not the address of a backup.`,
      `Look: etcd-recovery catalog list --store gs://${bucket}`,
    );
  const store = new GcsStore(bucket, prefix, options);
  const backup = (await listBackups(store, place.cluster)).find(({ key }) => key === place.key);
  if (backup === undefined || !isComplete(backup)) throw notRestorable(address, store.location, backup);
  return bringSnapshot(store, backup, cache, options?.identities);
}

/**
 * The same for a backup in a directory; the path is answered as it is, unless it is of a backup that is packed or
 * encrypted.
 *
 * @param path absolute. @throws StoreError; UserError without a fitting identity
 */
export async function unpackedSnapshot(
  path: string,
  cache: string,
  identities?: AgeIdentities,
): Promise<string> {
  const [, root = "", rest = ""] = /^(.*?)\/(v1\/.*\.(?:zst|age))$/.exec(path) ?? [];
  const place = placeOf(rest);
  if (place === undefined) return path;
  const store = new DirectoryStore(root === "" ? "/" : root, "restore.snapshot");
  const backup = (await listBackups(store, place.cluster)).find(({ key }) => key === place.key);
  const isIt = backup !== undefined && isComplete(backup) && snapshotKeyOf(backup) === rest;
  return isIt ? bringSnapshot(store, backup, cache, identities) : path;
}

async function bringSnapshot(
  store: Store,
  backup: CompleteBackup,
  cache: string,
  identities: AgeIdentities | undefined,
): Promise<string> {
  const { plain } = backup.manifest.snapshot;
  const directory = join(cache, plain.sha256);
  const target = join(directory, PLAIN_SNAPSHOT);
  const text = manifestText(backup.manifest);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const isThere = (await stat(target).catch(() => undefined))?.size === plain.bytes;
  const isSame = isThere && (await readFile(join(directory, MANIFEST), "utf8").catch(() => "")) === text;
  if (isSame) return target;
  const part = join(directory, `.${randomUUID()}`);
  try {
    await pipeline(
      openPlain(store, backup, identities),
      createWriteStream(part, { flags: "wx", mode: 0o600, flush: true }),
    );
    await rename(part, target);
    await writeFile(part, text, { mode: 0o600 });
    await synced(part);
    await rename(part, join(directory, MANIFEST));
  } finally {
    await rm(part, { force: true });
  }
  return target;
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
