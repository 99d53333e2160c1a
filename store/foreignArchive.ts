import { gunzipSync, constants as zlib } from "node:zlib";
import type { Backup } from "./backups";
import { bytesOf } from "./content";
import { DirectoryStore } from "./directoryStore";
import type { Store, StoredObject } from "./store";
import { StoreError } from "./storeError";

/** Of an archive's beginning: enough for one header of its tar. */
const HEAD_BYTES = 4096;
/** gkectl takes no backup that is older (Google: "Back up and restore advanced clusters with gkectl"). */
const EXPIRES_DAYS = 365;

/** What the name of a backup of gkectl tells: `NAME_backup_TIMESTAMP.tar.gz`. */
export interface ArchiveName {
  readonly cluster: string;
  /** ISO 8601; absent where the name leaves the zone open, as `2025-08-23T150405Z0700` in Google's page does. */
  readonly time?: string;
}

/** @returns undefined for a name that gkectl does not give. Pure. */
export function parseArchiveName(file: string): ArchiveName | undefined {
  const [, cluster, stamp = ""] = /^([a-z0-9][-a-z0-9]{0,62})_backup_([^_/]+)\.tar\.gz$/.exec(file) ?? [];
  if (cluster === undefined) return undefined;
  const [, date, hour, minute, second, zone = ""] =
    /^(\d{4}-\d{2}-\d{2})T(\d{2})(\d{2})(\d{2})(Z|[+-]\d{4})$/.exec(stamp) ?? [];
  if (date === undefined) return { cluster };
  const offset = zone.replace(/(\d{2})$/, ":$1");
  const time = new Date(`${date}T${hour}:${minute}:${second}.000${offset}`);
  return Number.isNaN(time.getTime()) ? { cluster } : { cluster, time: time.toISOString() };
}

export const isArchiveName = (file: string): boolean => /\.(tar\.gz|tgz)$/.test(file);

/** What is known of an archive from its name and its first bytes. */
export interface ArchiveFacts {
  readonly name: ArchiveName | undefined;
  /** "unknown": its bytes could not be read. */
  readonly holds: "tar" | "other" | "unknown";
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One true sentence about an archive in a store. Pure. */
export function describeArchive({ name, holds, now }: ArchiveFacts): string {
  if (holds === "other") return "is called an archive and is none: no tar in gzip";
  const what = holds === "tar" ? "a tar archive in gzip" : "by its name an archive, which could not be read";
  if (name === undefined) return `${what}, not a backup of this program`;
  const days = name.time === undefined ? 0 : (now - Date.parse(name.time)) / 86_400_000;
  const restored =
    days > EXPIRES_DAYS ? "expired: gkectl takes none older than a year" : "gkectl restores it";
  return `${what}, named as gkectl names backups of advanced clusters: ${restored}`;
}

/** The archive that an object is called, as the catalog lists it. Never fails: what cannot be read is said to be so. */
export async function archiveOf(store: Store, object: StoredObject, now = Date.now()): Promise<Backup> {
  const file = object.key.slice(object.key.lastIndexOf("/") + 1);
  const name = parseArchiveName(file);
  const reason = describeArchive({ name, holds: await holdsOf(store, object.key), now });
  const { key, bytes, held } = object;
  const kept = held === undefined ? {} : { held };
  const { cluster = "", time = "" } = name ?? {};
  return { key, cluster, time, state: "foreign", reason, bytes, objects: [object], ...kept };
}

/**
 * Archives that lie in a directory itself, such as gkectl's `gkectl-workspace/backups`, and none below it. Of a bucket none
 * are listed.
 *
 * @param cluster of this one alone. @throws StoreError when the directory cannot be listed
 */
export async function looseArchives(store: Store, cluster?: string): Promise<readonly Backup[]> {
  if (!(store instanceof DirectoryStore)) return [];
  const objects = (await store.looseFiles()).filter(({ key }) => isArchiveName(key));
  const archives: Backup[] = [];
  for (const object of objects) archives.push(await archiveOf(store, object));
  return archives.filter((one) => cluster === undefined || one.cluster === cluster).reverse();
}

async function holdsOf(store: Store, key: string): Promise<ArchiveFacts["holds"]> {
  try {
    const head = await bytesOf(store.read(key, { start: 0, end: HEAD_BYTES - 1 }), HEAD_BYTES);
    return startsTar(head) ? "tar" : "other";
  } catch (error) {
    if (error instanceof StoreError) return "unknown";
    throw error;
  }
}

/** Whether bytes begin a tar (POSIX, GNU or pax) in gzip; they may end anywhere. */
function startsTar(head: Buffer): boolean {
  try {
    const block = gunzipSync(head, { finishFlush: zlib.Z_SYNC_FLUSH });
    return block.toString("latin1", 257, 262) === "ustar";
  } catch {
    return false;
  }
}
