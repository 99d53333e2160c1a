import { bytesOf } from "./content";
import { type Drill, newestDrill } from "./drills";
import { archiveOf, isArchiveName } from "./foreignArchive";
import { type BackupPlace, LAYOUT, placeOf } from "./layout";
import { type BackupManifest, filesOf, MANIFEST, readManifest } from "./manifest";
import { neededBy } from "./restoreMark";
import type { Store, StoredObject } from "./store";
import { isOfObject, StoreError } from "./storeError";

/** Larger than any manifest: one names at most some thousands of kinds. */
const MANIFEST_LIMIT = 4 << 20;
/** Manifests that are read at the same time. */
const READERS = 8;
/** An object of this name beside a manifest keeps that backup, whatever the policy says. */
export const HOLD = "hold";

/**
 * `complete`: manifest and all that it names are there, as long as it says. `incomplete`: no manifest yet, or never.
 * `corrupt`: they do not fit each other. `foreign`: not of this program, or of a newer one.
 */
export type BackupState = "complete" | "incomplete" | "corrupt" | "foreign";

/** What lies in one place of a store. */
export interface Backup extends BackupPlace {
  readonly state: BackupState;
  /** Why it is not complete. */
  readonly reason?: string;
  /** Absent when there is none that can be read. */
  readonly manifest?: BackupManifest;
  /** Of all its objects. */
  readonly bytes: number;
  /** Why nobody may remove it. */
  readonly held?: string;
  readonly objects: readonly StoredObject[];
  /** The newest restore of it that was held to prove it. */
  readonly drill?: Drill;
}

/** A backup that may be restored. */
export type CompleteBackup = Backup & { readonly state: "complete"; readonly manifest: BackupManifest };

export const isComplete = (backup: Backup): backup is CompleteBackup => backup.state === "complete";

/** Of the snapshot in a store. */
export const snapshotKeyOf = ({ key, manifest }: CompleteBackup): string =>
  `${key}/${manifest.snapshot.file}`;

/**
 * Everything below `v1/` in a store, newest first; nothing but listings and manifests is read.
 *
 * @param cluster of this one alone. @throws StoreError
 */
export async function listBackups(store: Store, cluster?: string): Promise<readonly Backup[]> {
  const objects = await store.list(cluster === undefined ? `${LAYOUT}/` : `${LAYOUT}/${cluster}/`);
  const groups = new Map<string, StoredObject[]>();
  for (const object of objects) {
    const key = placeOf(object.key)?.key ?? object.key;
    groups.set(key, [...(groups.get(key) ?? []), object]);
  }
  const queue = [...groups];
  const backups: Backup[] = [];
  const reader = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop())
      backups.push(await backupOf(store, ...next));
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return backups.sort(newestFirst);
}

/**
 * What is stored of a generation, the newest where several runs stored one. An identity that can create objects alone is not
 * told: for it there is none. @throws StoreError
 */
export async function storedGeneration(
  store: Store,
  cluster: string,
  generation: string,
): Promise<CompleteBackup | undefined> {
  const known = await listBackups(store, cluster).catch((error): readonly Backup[] => {
    if (error instanceof StoreError && error.fault === "denied") return [];
    throw error;
  });
  return known.filter(isComplete).find(({ manifest }) => manifest.generation === generation);
}

/** By what the manifest says; those of one second by their keys. */
function newestFirst(a: Backup, b: Backup): number {
  return b.time.localeCompare(a.time) || (a.key < b.key ? 1 : -1);
}

async function backupOf(store: Store, key: string, objects: readonly StoredObject[]): Promise<Backup> {
  const place = placeOf(key);
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  const held = heldBy(objects);
  const seen = { bytes, objects, ...(held === undefined ? {} : { held }) };
  if (place === undefined) {
    const [, cluster = ""] = key.split("/");
    const [object] = objects;
    if (object !== undefined && isArchiveName(key)) return { ...(await archiveOf(store, object)), cluster };
    return { key, cluster, time: "", ...seen, state: "foreign", reason: "lies where no backup does" };
  }
  const { file: _, ...known } = place;
  const drill = await newestDrill(store, objects);
  return {
    ...known,
    ...seen,
    ...(await judged(store, place, objects)),
    ...(drill === undefined ? {} : { drill }),
  };
}

function heldBy(objects: readonly StoredObject[]): string | undefined {
  if (objects.some(({ key }) => key.endsWith(`/${HOLD}`))) return `an object named ${HOLD} lies beside it`;
  return objects.find(({ held }) => held !== undefined)?.held ?? neededBy(objects, Date.now());
}

type Judged = Pick<Backup, "state"> & Partial<Pick<Backup, "reason" | "manifest" | "time">>;

async function judged(
  store: Store,
  { key, cluster }: BackupPlace,
  objects: readonly StoredObject[],
): Promise<Judged> {
  const manifestKey = `${key}/${MANIFEST}`;
  if (!objects.some((object) => object.key === manifestKey))
    return { state: "incomplete", reason: "it has no manifest" };
  const text = await manifestTextOf(store, manifestKey);
  if (typeof text !== "string") return { state: "corrupt", reason: text.reason };
  const read = readManifest(text);
  if (read.manifest === undefined)
    return { state: read.isForeign ? "foreign" : "corrupt", reason: read.reason };
  const { manifest } = read;
  if (manifest.cluster !== cluster)
    return { state: "foreign", reason: `its manifest is of cluster ${manifest.cluster}`, manifest };
  const reason = mismatchOf(key, manifest, objects);
  const { time } = manifest;
  return reason === undefined
    ? { state: "complete", manifest, time }
    : { state: "corrupt", reason, manifest, time };
}

/** Or why there is none. One that was removed meanwhile is none; one that a disk no longer gives bars no other. */
async function manifestTextOf(store: Store, key: string): Promise<string | { readonly reason: string }> {
  try {
    return (await bytesOf(store.read(key), MANIFEST_LIMIT)).toString("utf8");
  } catch (error) {
    if (error instanceof RangeError) return { reason: "its manifest is far too long" };
    if (!(error instanceof StoreError)) throw error;
    if (error.fault === "missing") return "";
    if (isOfObject(error)) return { reason: `its manifest cannot be read: ${error.statement}` };
    throw error;
  }
}

/** The first object that is not what the manifest says, as far as a listing tells. */
export function mismatchOf(
  key: string,
  manifest: BackupManifest,
  objects: readonly StoredObject[],
): string | undefined {
  for (const named of filesOf(manifest)) {
    const found = objects.find((object) => object.key === `${key}/${named.file}`);
    if (found === undefined) return `${named.file} is missing`;
    if (found.bytes !== named.bytes)
      return `${named.file} has ${found.bytes} bytes, its manifest says ${named.bytes}`;
    const { crc32c: said } = named;
    if (said !== undefined && found.crc32c !== undefined && said !== found.crc32c)
      return `${named.file} has CRC32C ${found.crc32c}, its manifest says ${said}`;
  }
  return undefined;
}
