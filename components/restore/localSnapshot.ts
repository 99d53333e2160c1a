import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fittingIdentities } from "../../store/age/decrypted";
import { AgeIdentities } from "../../store/age/identities";
import { fetchSnapshot } from "../../store/fetchSnapshot";
import { placeBelow } from "../../store/layout";
import { type BackupManifest, MANIFEST, readManifest, recipientsIn } from "../../store/manifest";
import { isBucketUrl, openStore } from "../../store/openStore";
import { plainCopy } from "../../store/plainCopy";
import { markNeeded } from "../../store/restoreMark";
import { forgetSnapshot, keepGiven, snapshotCache, sweepSnapshots } from "../../store/snapshotCache";
import type { Store } from "../../store/store";

/** A snapshot as a file of this machine. */
export interface LocalSnapshot {
  /** As the steps take it: as it was given, or as it lies in its store, packed and encrypted. Absolute. */
  readonly path: string;
  /** File with the identities that open it, absolute; undefined of one that is not encrypted. */
  readonly identityFile?: string;
  /** What this process reads by position. */
  readonly readable: string;
  /** Where the restore is not finished: its backup must not be pruned. @throws UserError */
  need(): Promise<void>;
  /** Where the restore is finished: what was fetched for it is needed by nothing any more. */
  forget(): Promise<void>;
}

/** What a restore is told of its snapshot. */
export interface AskedSnapshot {
  /** Of the restore. */
  readonly id: string;
  readonly snapshot: string;
  /** With age identities, for encrypted backups; default: the environment's. */
  readonly identityFile?: string | undefined;
}

/**
 * Hands on a snapshot: one in a bucket is brought here for this restore, one that is packed or encrypted is opened into a
 * file that is gone when it has been read.
 *
 * @throws UserError
 */
export async function withLocalSnapshot<T>(
  { id, snapshot, identityFile }: AskedSnapshot,
  read: (local: LocalSnapshot) => Promise<T>,
): Promise<T> {
  const cache = snapshotCache();
  await sweepSnapshots(cache);
  const own = identityFile === undefined ? undefined : resolve(identityFile);
  const identities = await AgeIdentities.named(own, "restore.identityFile");
  const isFetched = isBucketUrl(snapshot);
  const path = isFetched ? await fetchSnapshot(snapshot, { cache, id }) : resolve(snapshot);
  if (!isFetched) await keepGiven(cache, path);
  const manifest = await manifestOf(path);
  const forget = async () => {
    if (!isFetched || manifest === undefined) return;
    await forgetSnapshot({ cache, id, sha256: manifest.snapshot.plain.sha256 });
  };
  const need = async () => {
    const place = manifest === undefined ? undefined : placeIn(isFetched ? snapshot : path);
    if (place !== undefined) await markNeeded(place.store, place.key, id, Date.now());
  };
  const ends = { need, forget };
  if (manifest === undefined || isPlain(manifest)) return read({ path, readable: path, ...ends });
  const recipients = recipientsIn(manifest);
  const fitting = recipients.length === 0 ? undefined : fittingIdentities(path, recipients, identities);
  const plain = await plainCopy(path, cache, fitting);
  try {
    const opened = fitting === undefined ? {} : { identityFile: resolve(fitting.path) };
    return await read({ path, readable: plain.path, ...opened, ...ends });
  } finally {
    await plain.remove();
  }
}

/** The store that a snapshot lies in, and its backup's key; undefined of a file that lies in none. */
function placeIn(address: string): { readonly store: Store; readonly key: string } | undefined {
  const found = placeBelow(address);
  if (found === undefined) return undefined;
  return { store: openStore(found.prefix, "restore.snapshot"), key: found.place.key };
}

const isPlain = (manifest: BackupManifest): boolean =>
  manifest.snapshot.encoding === "identity" && recipientsIn(manifest).length === 0;

/** Of the backup that a file is the snapshot of; what is wrong with a manifest is judged where the file is admitted. */
async function manifestOf(path: string): Promise<BackupManifest | undefined> {
  const text = await readFile(join(dirname(path), MANIFEST), "utf8").catch(() => "");
  const { manifest } = readManifest(text);
  return manifest?.snapshot.file === basename(path) ? manifest : undefined;
}
