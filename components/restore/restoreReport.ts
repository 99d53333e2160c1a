import { factOf, factsOf } from "../steps/step";
import type { RestorePlan } from "./restorePlan";
import type { RestoredFrom, SourceFacts } from "./stagingSource";

/** A workload of the namespace other than etcd and the API servers: one may act on what it knew before a swap. */
export interface WorkloadReport {
  /** As `Kind/name`. */
  readonly name: string;
  /** Stopped before the swap and started last; its Pods made anew at the end; or left alone. */
  readonly done: "stopped" | "restarted" | "left";
  readonly why: string;
}

/** What a completed restore says of itself. Revisions and hashes are decimal strings: they may exceed 2^53. */
export interface RestoreReport {
  readonly restoreId: string;
  readonly cluster: string;
  readonly restoredFrom: RestoredFrom;
  /** The file that all members were restored from: of a roll-back the chosen member's database. */
  readonly snapshot: { readonly sha256: string; readonly revision: string };
  /** Revision of the restored members, above every one that a client may remember. */
  readonly revision: string;
  /** Hashes of everything up to that revision. */
  readonly members: readonly { readonly name: string; readonly hashKV: string; readonly revision: string }[];
  /** Replicas as found and as put back. */
  readonly replicas: { readonly etcd: number; readonly apiServer: number };
  readonly workloads: readonly WorkloadReport[];
  /** Leader leases in the user cluster that were seen to be renewed after the restore. */
  readonly leases: readonly { readonly name: string; readonly renewed: string }[];
  /** What did not stop the restore and should be looked at. */
  readonly warnings: readonly string[];
}

/** @param found result of the guard. @param verdict of verify-etcd. @param started of start-controllers. @param released of release. */
export function reportOf(
  plan: RestorePlan,
  source: SourceFacts,
  found: string,
  verdict: string,
  started: string,
  released: string,
): RestoreReport {
  return {
    restoreId: plan.id,
    cluster: plan.cluster.name,
    restoredFrom: source.from,
    snapshot: { sha256: source.sha256, revision: source.revision },
    revision: factOf(verdict, "revision") ?? "",
    members: plan.members.map(({ name }) => {
      const [hashKV = "", revision = ""] = (factOf(verdict, `member ${name}`) ?? "").split(" ");
      return { name, hashKV, revision };
    }),
    replicas: { etcd: Number(factOf(found, "etcd")), apiServer: Number(factOf(found, "apiserver")) },
    workloads: factsOf(started, "workload").map((line) => {
      const [name = "", done = "", ...why] = line.split(" ");
      return { name, done: done as WorkloadReport["done"], why: why.join(" ") };
    }),
    leases: factsOf(started, "lease").map((line) => {
      const [name = "", renewed = ""] = line.split(" ");
      return { name, renewed };
    }),
    warnings: [verdict, started, released].flatMap((result) => factsOf(result, "warning")),
  };
}
