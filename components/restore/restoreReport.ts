import * as pulumi from "@pulumi/pulumi";
import type { Request } from "../procedure/request";
import type { OperationGraph } from "../steps/operationGraph";
import type { StepResult } from "../steps/step";

/** Where the restored data came from: a snapshot, or what an earlier restore put aside. */
export interface RestoredFrom {
  /** Path of the snapshot. */
  readonly snapshot?: string;
  /** The restore whose previous data it was. */
  readonly rollback?: string;
  /** Of a roll-back the member on whose volume it lay. */
  readonly member?: string;
}

/** The file that all members were restored from. */
export interface RestoredFile {
  /** Of the whole file, in hex. */
  readonly sha256: string;
  /** The newest one in it. */
  readonly revision: string;
}

/** A member as it was after the restore. */
export interface RestoredMember {
  readonly name: string;
  /** Hash of everything up to that revision. */
  readonly hashKV: string;
  readonly revision: string;
}

/** Replicas as found and as put back. */
export interface RestoredReplicas {
  readonly etcd: number;
  readonly apiServer: number;
}

/** A leader lease of the user cluster. */
export interface RenewedLease {
  readonly name: string;
  /** When its holder was seen to renew it, after the restore. */
  readonly renewed: string;
}

/** A workload of the namespace other than etcd and the API servers: one may act on what it knew before a swap. */
export interface WorkloadReport {
  /** As `Kind/name`. */
  readonly name: string;
  /** "stopped" before the swap and started last; "restarted", its Pods made anew at the end; or "left" alone. */
  readonly done: string;
  readonly why: string;
}

/** What was set to 0 before anybody else reached the restored cluster. */
export interface QuarantineReport {
  readonly workloads: QuarantinedReplicas[];
  /**
   * What was there before the restore and the restored data does not know: what they would have found. Absent where no
   * member could be asked.
   */
  readonly newer?: NewerObjects;
}

/** A workload under quarantine. */
export interface QuarantinedReplicas {
  /** `namespace/Kind/name` */
  readonly name: string;
  /** What `etcd-recovery release` gives back. */
  readonly replicas: number;
}

/** Objects that are younger than the restored data, by sort. */
export interface NewerObjects {
  readonly machines: NewerNames;
  readonly nodes: NewerNames;
  readonly pods: NewerNames;
}

/** Some of one sort. */
export interface NewerNames {
  readonly count: number;
  /** At most 20. */
  readonly named: string[];
}

/** API servers of another cluster that run as Pods of the restored one. */
export interface HostedReport {
  /** `namespace/Kind/name` of the workload. */
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
}

/** What a completed restore says of itself. Revisions and hashes are decimal strings: they may exceed 2^53. */
export interface RestoreReport {
  readonly restoreId: string;
  readonly cluster: string;
  readonly restoredFrom: RestoredFrom;
  /** The file that all members were restored from: of a roll-back the chosen member's database. */
  readonly snapshot: RestoredFile;
  /** Revision of the restored members, above every one that a client may remember. */
  readonly revision: string;
  readonly members: RestoredMember[];
  readonly replicas: RestoredReplicas;
  readonly workloads: WorkloadReport[];
  /** Leader leases in the user cluster that were seen to be renewed after the restore. */
  readonly leases: RenewedLease[];
  /** Absent where nothing was put under quarantine. */
  readonly quarantine?: QuarantineReport;
  /** Control planes that run in the restored cluster, as they were at the end. Absent where nobody asked. */
  readonly hosted?: HostedReport[];
  /** What did not stop the restore and should be looked at. */
  readonly warnings: string[];
}

/** What of a restore its report names, whatever its members live on. */
export interface ReportedRestore {
  readonly id: string;
  readonly cluster: { readonly name: string };
  readonly request: Request;
}

/** The acts whose results the report is made of. */
const sources = [
  "locate-previous",
  "confirm",
  "verify-etcd",
  "scale-up-apiservers",
  "quarantine",
  "start-controllers",
  "scale-up-maintenance",
  "restore-pdb",
  "release",
] as const;
type Results = Readonly<Record<(typeof sources)[number], StepResult>>;

/** The report of a restore, when its acts have run. */
export function restoreReport(
  plan: pulumi.Output<ReportedRestore>,
  graph: OperationGraph,
): pulumi.Output<RestoreReport> {
  const results = pulumi.all(sources.map((act) => graph.result(act)));
  return pulumi
    .all([plan as pulumi.Output<unknown>, results])
    .apply(([known, results]) =>
      reportOf(
        known as ReportedRestore,
        Object.fromEntries(sources.map((act, n) => [act, results[n] ?? {}])) as unknown as Results,
      ),
    );
}

/** Bears what an act did not say: it was left out (`--target`), or an older program ran it. */
export function reportOf(plan: ReportedRestore, results: Results): RestoreReport {
  const { confirm, "verify-etcd": verified, "start-controllers": started } = results;
  const replicas = record(confirm.replicas);
  const list = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);
  return {
    restoreId: plan.id,
    cluster: plan.cluster.name,
    ...sourceOf(plan, results["locate-previous"]),
    revision: text(verified.revision),
    members: list(verified.members),
    replicas: { etcd: Number(replicas.etcd ?? 0), apiServer: Number(replicas.apiServers ?? 0) },
    workloads: list(started.workloads),
    leases: list(started.leases),
    ...quarantineOf(results.quarantine),
    ...(Array.isArray(results.release.hosted) ? { hosted: results.release.hosted as HostedReport[] } : {}),
    warnings: sources.flatMap((act) => list<string>(results[act]?.warnings)),
  };
}

function quarantineOf({ quarantined, newer }: StepResult = {}): Pick<RestoreReport, "quarantine"> {
  if (!Array.isArray(quarantined)) return {};
  return {
    quarantine: {
      workloads: quarantined as QuarantineReport["workloads"],
      ...(newer === undefined ? {} : { newer: newer as NewerObjects }),
    },
  };
}

function sourceOf(
  plan: ReportedRestore,
  located: StepResult,
): Pick<RestoreReport, "restoredFrom" | "snapshot"> {
  const { snapshot, rollback = "" } = plan.request;
  if (snapshot !== undefined) {
    const { path, sha256, revision } = snapshot;
    return { restoredFrom: { snapshot: path }, snapshot: { sha256, revision } };
  }
  return {
    restoredFrom: { rollback, member: text(located.source) },
    snapshot: { sha256: text(located.sha256), revision: text(located.revision) },
  };
}

const text = (value: unknown): string => (value === undefined ? "" : String(value));
const record = (value: unknown): StepResult =>
  typeof value === "object" && value !== null ? (value as StepResult) : {};
