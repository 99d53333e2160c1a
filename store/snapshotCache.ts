import { mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, relative, sep } from "node:path";
import { isAbandoned } from "./plainCopy";

const DAY = 24 * 60 * 60 * 1000;
/** What no run has used for so long goes; a restore that needs it fetches it again. */
const UNUSED = 7 * DAY;
/** A file of this name keeps what lies beside it: somebody named it by its path. */
const GIVEN = "given-by-path";
/** Of a restore, or, of earlier versions, of a digest. */
const entryName = /^(?:[a-z0-9][-a-z0-9]{0,39}-[0-9a-f]{12}|[0-9a-f]{64})$/;

/** Where snapshots of buckets are kept on this machine: a directory for each restore, readable by its owner alone. */
export const snapshotCache = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "etcd-recovery", "snapshots");

/** A fetched snapshot, by the restore that it was fetched for. */
export interface CacheEntry {
  readonly cache: string;
  /** Id of the restore. */
  readonly id: string;
  /** Of the plain snapshot. */
  readonly sha256: string;
}

/** Its directory. A restore has one of its own: nobody else's goes with it. */
export const directoryOf = ({ cache, id, sha256 }: CacheEntry): string =>
  join(cache, `${id}-${sha256.slice(0, 12)}`);

/** The entry's directory, made where it is absent, and marked as used now. */
export async function openEntry(entry: CacheEntry): Promise<string> {
  const directory = directoryOf(entry);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await utimes(directory, new Date(), new Date());
  return directory;
}

/** Whether anything lies there that was fetched for a restore. */
export async function hasFetched(cache: string, id: string): Promise<boolean> {
  const names = await readdir(cache).catch((): string[] => []);
  return names.some((name) => entryName.test(name) && name.slice(0, -13) === id);
}

/** Removes what was fetched for a restore that is over; not what somebody has named by its path since. */
export async function forgetSnapshot(entry: CacheEntry): Promise<void> {
  if (entryName.test(relative(entry.cache, directoryOf(entry)))) await removeEntry(directoryOf(entry));
}

/** A path that the user gave stays, also where it is one of the cache. */
export async function keepGiven(cache: string, path: string): Promise<void> {
  const [entry = "", ...file] = relative(cache, path).split(sep);
  if (entryName.test(entry) && file.length > 0)
    await writeFile(join(cache, entry, GIVEN), "", { mode: 0o600 });
}

/**
 * Removes what nobody has used for a week, and what runs that were killed have left in plain. What cannot be looked at
 * stays.
 *
 * @param now milliseconds since 1970
 */
export async function sweepSnapshots(cache: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(cache).catch((): string[] => [])) {
    const path = join(cache, name);
    if (isAbandoned(name)) await rm(path, { recursive: true, force: true });
    if (!entryName.test(name)) continue;
    const used = await stat(path).catch(() => undefined);
    if (used?.isDirectory() === true && now - used.mtimeMs > UNUSED) await removeEntry(path);
  }
}

async function removeEntry(directory: string): Promise<void> {
  const isGiven = await stat(join(directory, GIVEN)).then(
    () => true,
    () => false,
  );
  if (!isGiven) await rm(directory, { recursive: true, force: true });
}
