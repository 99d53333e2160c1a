import * as pulumi from "@pulumi/pulumi";
import { hostedGraph } from "../hosted/hostedGraph";
import type { StepResult } from "../steps/step";
import { type MemberRepairArgs, planMemberRepair, type RepairPlan } from "./repairPlan";

/** What a completed repair says of itself. Revisions and hashes are decimal strings: they may exceed 2^53. */
export interface RepairReport {
  readonly restoreId: string;
  readonly cluster: string;
  readonly member: string;
  /** Ids as etcd prints them, in hex; `old` is absent when etcd had no such member. */
  readonly ids: { readonly old?: string; readonly new: string };
  /** The revision at which the members were compared, while clients wrote. */
  readonly revision: string;
  readonly members: readonly { readonly name: string; readonly hashKV: string }[];
}

/**
 * Replaces one bad member of a hosted control plane whose other members have a quorum: no snapshot, no outage.
 *
 * etcd forgets the member and takes it again under a new id; what it then serves, it fetches from the others. Only
 * the member's own Pod is ever restarted; no workload, budget or other member is touched. The guard alone undoes.
 */
export class MemberRepair extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RepairReport>;

  constructor(name: string, args: MemberRepairArgs, opts?: pulumi.ComponentResourceOptions) {
    const inputs = { restoreId: args.id, cluster: args.cluster.name, member: args.member };
    super("etcd-recovery:index:MemberRepair", name, inputs, opts);
    const plan = planMemberRepair(args);
    const graph = hostedGraph(this, name, plan);
    this.report = pulumi
      .all([graph.result("guard"), graph.result("replace-member"), graph.result("verify-member")])
      .apply((results) => reportOf(plan, ...results));
    this.registerOutputs({ report: this.report });
  }
}

function reportOf(
  plan: RepairPlan,
  found: StepResult,
  replaced: StepResult,
  verdict: StepResult,
): RepairReport {
  const old = found.oldMember;
  const members = Array.isArray(verdict.members) ? (verdict.members as RepairReport["members"]) : [];
  return {
    restoreId: plan.id,
    cluster: plan.cluster.name,
    member: plan.member.name,
    ids: { ...(typeof old === "string" && old !== "" ? { old } : {}), new: String(replaced.newMember ?? "") },
    revision: String(verdict.revision ?? ""),
    members: members.map(({ name, hashKV }) => ({ name, hashKV })),
  };
}
