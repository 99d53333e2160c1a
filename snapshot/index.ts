/**
 * Reads etcd snapshots: verifies them, counts what is in them, compares them and takes objects out of them. Knows
 * neither Pulumi nor the network, and never throws for a bad file: a refused one comes back as a {@link Problem}.
 */
import { type Description, describeSteps } from "./describe";
import { type DiffOptions, type DiffVerdict, diffSteps } from "./diff";
import { drive, driveSync } from "./drive";
import { type GetOptions, type GetVerdict, getSteps } from "./get";
import { guarded } from "./guarded";
import { inspectSteps } from "./inspect";
import type { Verdict } from "./inspection";
import { type KeyComparisonVerdict, keyComparisonSteps, type LiveKeys } from "./keyComparison";
import { type ListVerdict, listSteps } from "./list";
import type { ReadOptions } from "./readSnapshot";
import type { Progress } from "./scan";
import { type SearchVerdict, searchSteps } from "./search";

export type { Description } from "./describe";
export type { Change, ChangeCounts, DiffItem, DiffOptions, DiffVerdict, SnapshotDiff } from "./diff";
export type { Alarm, Member } from "./etcd/etcdState";
export type { ArchiveOptions } from "./file/archiveProblem";
export type { FoundObject, GetOptions, GetVerdict, ObjectRevision } from "./get";
export {
  type RankedKey,
  type RefusedInspection,
  type ValidInspection,
  type Verdict,
  verdictToJson,
} from "./inspection";
export type {
  KeyComparison,
  KeyComparisonVerdict,
  LiveKeys,
  ReplacedObject,
} from "./keyComparison";
export { describeEncryption, type Encryption } from "./kubernetes/encryption";
export { type ListedKey, type ListVerdict, type NamedKey, nameKey } from "./list";
export type { ObjectName } from "./objectName";
export { isUnprintable, printable, printableJson } from "./printable";
export type { ReadOptions } from "./readSnapshot";
export { type JsonRevision, revisionToJson } from "./revision";
export type { KnownDigests, Progress } from "./scan";
export type { SearchHit, SearchVerdict } from "./search";
export type { Problem, ProblemCode, Warning } from "./verdict";

/**
 * Verifies one snapshot and counts what is in it, in one pass over the file. The event loop keeps turning.
 * @param onProgress called now and then while a long file is read.
 */
export function verifySnapshot(
  path: string,
  options?: ReadOptions,
  onProgress?: (progress: Progress) => void,
): Promise<Verdict> {
  return drive(guarded(inspectSteps(path, options)), onProgress);
}

/**
 * The same, blocking: for programs that must know before they declare anything, as a Pulumi program must. Takes about
 * as long as a SHA-256 of the file (a second for a gigabyte).
 */
export function verifySnapshotSync(path: string, options?: ReadOptions): Verdict {
  return driveSync(guarded(inspectSteps(path, options)));
}

/**
 * Compares two snapshots: which objects were added, removed and changed from `before` to `after`. Snapshots of
 * different clusters are refused unless told otherwise.
 */
export function diffSnapshots(
  before: string,
  after: string,
  options?: DiffOptions,
  onProgress?: (progress: Progress) => void,
): Promise<DiffVerdict> {
  return drive(guarded(diffSteps(before, after, options)), onProgress);
}

/** The same, blocking; see {@link verifySnapshotSync}. */
export function diffSnapshotsSync(before: string, after: string, options?: DiffOptions): DiffVerdict {
  return driveSync(guarded(diffSteps(before, after, options)));
}

/** Compares a running etcd, of which the keys are known, with the snapshot that is to replace it. */
export function compareKeys(
  live: LiveKeys,
  path: string,
  options?: ReadOptions,
): Promise<KeyComparisonVerdict> {
  return drive(guarded(keyComparisonSteps(live, path, options)));
}

/** Takes one object out of a snapshot, with the revisions of it that the file still holds. */
export function getObject(
  path: string,
  options: GetOptions,
  onProgress?: (progress: Progress) => void,
): Promise<GetVerdict> {
  return drive(guarded(getSteps(path, options)), onProgress);
}

/** Finds objects in a snapshot by words of their kinds and keys. */
export function searchSnapshot(
  path: string,
  query: string,
  options?: ReadOptions,
  onProgress?: (progress: Progress) => void,
): Promise<SearchVerdict> {
  return drive(guarded(searchSteps(path, query, options)), onProgress);
}

/** Lists every key that exists in a snapshot, with its kind and revision. */
export function listKeys(path: string, options?: ReadOptions): Promise<ListVerdict> {
  return drive(guarded(listSteps(path, options)));
}

/**
 * Verifies a snapshot, counts what is in it and lists its keys, in one pass over the file: {@link verifySnapshot} and
 * {@link listKeys} at once.
 */
export function describeSnapshot(
  path: string,
  options?: ReadOptions,
  onProgress?: (progress: Progress) => void,
): Promise<Description> {
  return drive(guarded(describeSteps(path, options)), onProgress);
}
