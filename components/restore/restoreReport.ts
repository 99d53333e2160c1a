import { factOf } from "../steps/step";
import type { RestorePlan } from "./restorePlan";
import type { RestoredFrom, SourceFacts } from "./stagingSource";

/** What a completed restore says of itself. Revisions and hashes are decimal strings: they may exceed 2^53. */
export interface RestoreReport {
  readonly restoreId: string;
  readonly cluster: string;
  readonly restoredFrom: RestoredFrom;
  /** The file that all members were restored from: of a roll-back the chosen member's database. */
  readonly snapshot: { readonly sha256: string; readonly revision: string };
  /** Revision of the restored members, above every one that a client may remember. */
  readonly revision: string;
  readonly members: readonly { readonly name: string; readonly hashKV: string; readonly revision: string }[];
  /** Replicas as found and as put back. */
  readonly replicas: { readonly etcd: number; readonly apiServer: number };
}

/** @param found result of the guard. @param verdict result of verify-etcd. */
export function reportOf(
  plan: RestorePlan,
  source: SourceFacts,
  found: string,
  verdict: string,
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
  };
}
