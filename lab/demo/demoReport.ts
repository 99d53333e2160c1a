/** A member after a restore; numbers as decimal strings, since hashes and revisions are identities here. */
export interface MemberState {
  readonly name: string;
  /** etcd's hash over all keys at `revision`. */
  readonly hashKV: string;
  readonly revision: string;
}

/** Replicas by workload, e.g. `{"StatefulSet/kube-etcd": 3}`. */
export type Replicas = Readonly<Record<string, number>>;

/** What one act proved. */
export interface ActReport {
  /** Whole `pulumi up`. */
  readonly restoreSeconds: number;
  readonly members: readonly MemberState[];
  /** Keys of the snapshot that the restored cluster has not, and the other way round; see `rewrittenKeys`. */
  readonly missing: number;
  readonly extra: number;
  /** Keys with another value than in the snapshot. */
  readonly changed: number;
  readonly missingKeys: readonly string[];
  readonly extraKeys: readonly string[];
  readonly changedKeys: readonly string[];
  readonly secondUp: "unchanged" | "changed";
  readonly replicasBefore: Replicas;
  readonly replicasAfter: Replicas;
  /** Whether the PodDisruptionBudget is as it was; also when there was none and is none. */
  readonly pdbEqual: boolean;
  readonly keysBefore: number;
  readonly keysAfter: number;
}

/** The file that `--report` names: the first act at the top, the second below `quorumLoss`. */
export interface DemoReport extends ActReport {
  /** From the last answered request before to the first answered one after, at the cluster's own address. */
  readonly outageSeconds: number;
  /** From the outage's end until the controllers were seen to be at work. */
  readonly controllersSeconds: number;
  /** The same as the outage for a plain scale to 0 and back of the same Pods. */
  readonly plainRestartSeconds: number;
  readonly quorumLoss: ActReport;
  readonly plugins: Readonly<Record<string, string>>;
  /** Which keys the comparison leaves aside, and why. */
  readonly rewrittenKeys: readonly {
    readonly pattern: string;
    readonly differences: readonly string[];
    readonly why: string;
  }[];
  readonly elapsedSeconds: number;
}

/** What does not hold, a sentence each; empty when everything does. */
export function failuresOf(report: DemoReport): string[] {
  return [...actFailures("wrong delete", report), ...actFailures("quorum loss", report.quorumLoss)];
}

function actFailures(act: string, report: ActReport): string[] {
  const { missing, extra, changed } = report;
  const hashes = new Set(report.members.map(({ hashKV, revision }) => `${hashKV} ${revision}`));
  const failures = [
    missing > 0 && `${missing} keys are missing: ${some(report.missingKeys)}`,
    extra > 0 && `${extra} keys are extra: ${some(report.extraKeys)}`,
    changed > 0 && `${changed} keys have another value: ${some(report.changedKeys)}`,
    hashes.size !== 1 && `the members' hashes differ: ${[...hashes].join(", ")}`,
    !sameReplicas(report.replicasBefore, report.replicasAfter) &&
      `replicas are ${replicasText(report.replicasAfter)}, were ${replicasText(report.replicasBefore)}`,
    !report.pdbEqual && "the PodDisruptionBudget is not as it was found",
    report.secondUp !== "unchanged" && "a second pulumi up would change something",
  ];
  return failures.filter((failure) => failure !== false).map((failure) => `${act}: ${failure}`);
}

/** Whether two readings name the same workloads with the same replicas, in any order. */
export function sameReplicas(before: Replicas, after: Replicas): boolean {
  return replicasText(before) === replicasText(after);
}

/** For example "Deployment/kube-scheduler 1, StatefulSet/kube-etcd 3". */
export function replicasText(replicas: Replicas): string {
  return Object.entries(replicas)
    .map(([workload, count]) => `${workload} ${count}`)
    .sort()
    .join(", ");
}

function some(keys: readonly string[]): string {
  return keys.length <= 3 ? keys.join(", ") : `${keys.slice(0, 3).join(", ")}, …`;
}
