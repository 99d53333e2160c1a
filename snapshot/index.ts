/**
 * Reads etcd snapshots: verifies them, counts what is in them, compares them and takes objects out of them. Knows
 * neither Pulumi nor the network, and never throws for a bad file: a refused one comes back as a {@link Problem}.
 */
import { drive, driveSync } from "./drive";
import { inspectSteps } from "./inspect";
import type { Verdict } from "./inspection";
import type { ReadOptions } from "./readSnapshot";
import type { Progress } from "./scan";

export type { Alarm, Member } from "./etcd/etcdState";
export {
  type RankedKey,
  type RefusedInspection,
  type ValidInspection,
  type Verdict,
  verdictToJson,
} from "./inspection";
export type { Encryption } from "./kubernetes/encryption";
export type { ReadOptions } from "./readSnapshot";
export { type JsonRevision, revisionToJson } from "./revision";
export type { Progress } from "./scan";
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
  return drive(inspectSteps(path, options), onProgress);
}

/**
 * The same, blocking: for programs that must know before they declare anything, as a Pulumi program must. Takes about
 * as long as a SHA-256 of the file (a second for a gigabyte).
 */
export function verifySnapshotSync(path: string, options?: ReadOptions): Verdict {
  return driveSync(inspectSteps(path, options));
}
