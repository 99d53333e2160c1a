import type { MemberState } from "../controlPlane";
import { type KeyReport, keyFailures, type RewrittenReport } from "../keyReport";

/** How a user cluster that the control plane hosts fared meanwhile. */
export interface HostedClusterReport {
  readonly name: string;
  readonly probes: number;
  readonly answered: number;
  /** From one answer to the next. */
  readonly longestPauseSeconds: number;
}

/** What a scenario of a control plane on machines proved. */
export interface MachineReport extends KeyReport {
  /** From the start of the first `pulumi up` of the restore to the end of the last one. */
  readonly restoreSeconds: number;
  /** How often `pulumi up` was run: more than once where it stopped half-way and went on. */
  readonly updates: number;
  /** From the last answer before the disaster to the first one after it, at the cluster's own address. */
  readonly outageSeconds: number;
  /** Whether keys and certificates are, in bytes, modes and owners, as when the backup was taken. */
  readonly pkiIdentical: boolean;
  /** `machine:path` of those that are not. */
  readonly pkiDifferences: readonly string[];
  /** `machine:path` of what was not there before and is not documented to stay; `operator:path` of temporary files. */
  readonly leftBehind: readonly string[];
  /** `machine:path` of what is documented to stay: the directory of the ledger. */
  readonly kept: readonly string[];
  readonly changedHostKeyRefused: boolean;
  /** Whether no hosted user cluster was ever without an answer for {@link servedPauseSeconds}; null: none is hosted. */
  readonly userClustersServed: boolean | null;
  readonly userClusters: readonly HostedClusterReport[];
  /** Workloads that the restore's own report names as held. */
  readonly quarantined: readonly string[];
  readonly members: readonly MemberState[];
  readonly secondUp: "unchanged" | "changed";
  readonly plugins: Readonly<Record<string, string>>;
  /** Which keys the comparison leaves aside, and why. */
  readonly rewrittenKeys: RewrittenReport;
  readonly elapsedSeconds: number;
}

/** A pause between two answers that a busy machine explains, in seconds. A probe waits up to one second. */
export const servedPauseSeconds = 5;

/** Whether every hosted cluster served all along; null when there is none. */
export function areServed(clusters: readonly HostedClusterReport[]): boolean | null {
  if (clusters.length === 0) return null;
  return clusters.every(({ longestPauseSeconds }) => longestPauseSeconds < servedPauseSeconds);
}

/** What does not hold, a sentence each; empty when everything does. @param members as many as there must be */
export function machineFailures(report: MachineReport, members: number): string[] {
  const hashes = new Set(report.members.map(({ hashKV, revision }) => `${hashKV} ${revision}`));
  const { pkiDifferences, leftBehind } = report;
  return [
    ...keyFailures(report),
    !report.pkiIdentical && `keys or certificates are not as backed up: ${pkiDifferences.join(", ")}`,
    leftBehind.length > 0 && `left behind: ${leftBehind.join(", ")}`,
    !report.changedHostKeyRefused && "a changed host key was not refused, or the try changed something",
    report.userClustersServed === false &&
      `a user cluster did not answer for ${servedPauseSeconds} s or more: ${pausesOf(report)}`,
    report.members.length !== members && `${report.members.length} members, not ${members}`,
    hashes.size !== 1 && `the members' hashes differ: ${[...hashes].join(", ")}`,
    report.secondUp !== "unchanged" && "a second pulumi up would change something",
  ].filter((failure) => failure !== false);
}

function pausesOf({ userClusters }: MachineReport): string {
  return userClusters.map(({ name, longestPauseSeconds }) => `${name} ${longestPauseSeconds} s`).join(", ");
}
