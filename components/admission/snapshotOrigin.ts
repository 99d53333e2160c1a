import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Backup, isComplete, listBackups, snapshotKeyOf } from "../../store/backups";
import { ageText } from "../../store/catalog";
import { DirectoryStore } from "../../store/directoryStore";
import { placeOf } from "../../store/layout";
import { type BackupManifest, manifestSchema, PLAIN_SNAPSHOT } from "../../store/manifest";
import { RefusedError } from "../errors";
import type { SnapshotFacts } from "./snapshotFacts";

/** What lies around a snapshot that is one of our backups. */
export interface SnapshotOrigin {
  /** Undefined for a file of somebody else's. */
  readonly manifest?: BackupManifest;
  /** Path of the newest backup of the same store, when it is newer than this one. */
  readonly newest?: string;
  /** UID of kube-system that the newest manifest of the expected cluster names. */
  readonly manifestUid?: string;
  readonly warnings: readonly string[];
}

/** For whom a snapshot is looked at. */
export interface Expected {
  /** The cluster's name. */
  readonly cluster: string;
  /** UID that the snapshot was said to have. */
  readonly clusterUid?: string;
  /** Milliseconds since 1970; for tests. */
  readonly now?: number;
}

const DAY = 24 * 60 * 60 * 1000;
/** Older backups than this are worth a word, even when there is no newer one. */
const OLD = 7 * DAY;

/**
 * Compares a snapshot with the manifest beside it, and with the other backups of its store.
 *
 * A snapshot without a manifest is one that somebody took by hand: nothing is said against it.
 *
 * @throws RefusedError when the manifest is of another file or was altered, or of another cluster
 */
export async function readSnapshotOrigin(facts: SnapshotFacts, expected: Expected): Promise<SnapshotOrigin> {
  const path = join(dirname(facts.path), "manifest.json");
  const root = rootOf(facts.path);
  const manifest = await readManifest(path);
  if (manifest === undefined) {
    return { warnings: root === undefined ? [] : [`${path} is missing: this backup was never finished.`] };
  }
  const difference = differenceOf(manifest, facts);
  if (difference !== undefined) {
    throw new RefusedError(
      `restore.snapshot: ${facts.path}: the manifest beside it is of another file or was altered: ${difference}.`,
      "Choose another backup. To restore this file for what it is, copy it out of the store and set restore.snapshot to the copy.",
    );
  }
  if (manifest.cluster !== expected.cluster && (expected.clusterUid ?? "") !== facts.kubeSystemUid) {
    throw new RefusedError(
      `restore.snapshot: ${facts.path}: it is a backup of cluster ${manifest.cluster}, this stack restores ${expected.cluster}.`,
      `Choose a backup of ${expected.cluster}. If it is meant: pulumi config set --path restore.clusterUid ${facts.kubeSystemUid ?? "UID"}`,
    );
  }
  const newer = await newerBackups(manifest, root);
  const manifestUid = (newer[0]?.manifest ?? manifest).kubeSystemUid;
  return {
    manifest,
    ...(manifestUid === undefined || manifest.cluster !== expected.cluster ? {} : { manifestUid }),
    ...(newer[0] === undefined ? {} : { newest: newer[0].snapshot }),
    warnings: ageWarnings(facts, manifest, newer, expected.now ?? Date.now()),
  };
}

/** Root of the directory store that the path lies in, by the layout of its backups. */
function rootOf(path: string): string | undefined {
  const found = /^(.*?)\/(v1\/(?:[^/]+\/){5}[^/]+)$/.exec(resolve(path));
  return found !== null && placeOf(found[2] ?? "") !== undefined ? found[1] || "/" : undefined;
}

/** Undefined when there is none, or one that is not ours. */
async function readManifest(path: string): Promise<BackupManifest | undefined> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
    throw new RefusedError(`restore.snapshot: ${path}: cannot be read: ${cause.code}.`, `ls -l ${path}`);
  });
  if (text === undefined) return undefined;
  const raw = parseJson(text);
  const isOurs = typeof raw === "object" && raw !== null && "formatVersion" in raw && "snapshot" in raw;
  const parsed = manifestSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  if (!isOurs && rootOf(join(dirname(path), "snapshot.db")) === undefined) return undefined;
  const fields = parsed.error.issues.map(({ path: at }) => at.join("."));
  const wrong = `it has other values of ${fields.slice(0, 4).join(", ")}`;
  throw new RefusedError(
    `restore.snapshot: ${path}: not a manifest of this program: ${raw === undefined ? "it is not JSON" : wrong}.`,
    "Choose another backup. To restore this file for what it is, copy it out of the store and set restore.snapshot to the copy.",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The first field in which manifest and file differ. */
function differenceOf(manifest: BackupManifest, facts: SnapshotFacts): string | undefined {
  const { plain } = manifest.snapshot;
  const name = basename(facts.path);
  const { file } = manifest.snapshot;
  // whoever has decrypted and unpacked it himself has the same
  const isOpened = file.startsWith(`${PLAIN_SNAPSHOT}.`) && name === PLAIN_SNAPSHOT;
  const pairs: [what: string, said: unknown, found: unknown][] = [
    ["file", isOpened ? name : file, name],
    ["SHA-256", plain.sha256, facts.sha256],
    ["bytes", plain.bytes, facts.sizeBytes],
    ["revision", manifest.etcd.revision, facts.revision],
    ["UID of kube-system", manifest.kubeSystemUid ?? facts.kubeSystemUid, facts.kubeSystemUid],
    ["census", sorted(manifest.census ?? facts.census), sorted(facts.census)],
    ["encryption", JSON.stringify(manifest.encryption ?? facts.encryption), JSON.stringify(facts.encryption)],
  ];
  const different = pairs.find(([, said, found]) => said !== found);
  if (different === undefined) return undefined;
  const [what, said, found] = different;
  return what === "census" || what === "encryption" ? what : `${what} ${said}, the file's is ${found}`;
}

function sorted(census: Readonly<Record<string, number>> | undefined): string {
  return JSON.stringify(Object.entries(census ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A backup beside the one that is to be restored. */
interface Newer {
  readonly manifest: BackupManifest;
  readonly snapshot: string;
}

/** Of the same cluster and store, newest first. A store that cannot be listed says nothing against a snapshot. */
async function newerBackups(
  { cluster, time }: BackupManifest,
  root: string | undefined,
): Promise<readonly Newer[]> {
  if (root === undefined) return [];
  const store = new DirectoryStore(root);
  const all = await listBackups(store, cluster).catch((): readonly Backup[] => []);
  return all
    .filter(isComplete)
    .filter(({ manifest }) => Date.parse(manifest.time) > Date.parse(time))
    .sort((a, b) => Date.parse(b.manifest.time) - Date.parse(a.manifest.time))
    .map((backup) => ({ manifest: backup.manifest, snapshot: store.address(snapshotKeyOf(backup)) }));
}

function ageWarnings(
  facts: SnapshotFacts,
  manifest: BackupManifest,
  newer: readonly Newer[],
  now: number,
): string[] {
  const taken = Date.parse(manifest.time);
  const newest = newer[0];
  if (newest !== undefined) {
    const revisions = BigInt(newest.manifest.etcd.revision) - BigInt(facts.revision);
    return [
      `${facts.path} was taken ${age(now - taken)} ago; the store has ${newer.length} newer backup(s) of ${manifest.cluster}, the newest ${age(now - Date.parse(newest.manifest.time))} old and ${revisions} revisions further: pulumi config set --path restore.snapshot '${newest.snapshot}'`,
    ];
  }
  return now - taken > OLD
    ? [`${facts.path} was taken ${age(now - taken)} ago: everything since is lost.`]
    : [];
}

const age = (milliseconds: number): string => ageText(milliseconds / 1000);
