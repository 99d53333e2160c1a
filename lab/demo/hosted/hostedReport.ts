import type { MemberState } from "../controlPlane";
import { type KeyReport, keyFailures, type RewrittenReport } from "../keyReport";
import { type Replicas, replicasText, sameReplicas } from "../replicas";

/** What one act proved. */
export interface ActReport extends KeyReport {
  /** Whole `pulumi up`. */
  readonly restoreSeconds: number;
  readonly members: readonly MemberState[];
  readonly secondUp: "unchanged" | "changed";
  readonly replicasBefore: Replicas;
  readonly replicasAfter: Replicas;
  /** Whether the PodDisruptionBudget is as it was; also when there was none and is none. */
  readonly pdbEqual: boolean;
}

/** The file that `--report` names: the first act at the top, the second below `quorumLoss`. */
export interface HostedReport extends ActReport {
  /** From the last answered request before to the first answered one after, at the cluster's own address. */
  readonly outageSeconds: number;
  /** From the outage's end until the controllers were seen to be at work. */
  readonly controllersSeconds: number;
  /** The same as the outage for a plain scale to 0 and back of the same Pods. */
  readonly plainRestartSeconds: number;
  readonly quorumLoss: ActReport;
  readonly plugins: Readonly<Record<string, string>>;
  /** Which keys the comparison leaves aside, and why. */
  readonly rewrittenKeys: RewrittenReport;
  readonly elapsedSeconds: number;
}

/** What does not hold, a sentence each; empty when everything does. */
export function failuresOf(report: HostedReport): string[] {
  return [...actFailures("wrong delete", report), ...actFailures("quorum loss", report.quorumLoss)];
}

function actFailures(act: string, report: ActReport): string[] {
  const hashes = new Set(report.members.map(({ hashKV, revision }) => `${hashKV} ${revision}`));
  const failures = [
    ...keyFailures(report),
    hashes.size !== 1 && `the members' hashes differ: ${[...hashes].join(", ")}`,
    !sameReplicas(report.replicasBefore, report.replicasAfter) &&
      `replicas are ${replicasText(report.replicasAfter)}, were ${replicasText(report.replicasBefore)}`,
    !report.pdbEqual && "the PodDisruptionBudget is not as it was found",
    report.secondUp !== "unchanged" && "a second pulumi up would change something",
  ];
  return failures.filter((failure) => failure !== false).map((failure) => `${act}: ${failure}`);
}
