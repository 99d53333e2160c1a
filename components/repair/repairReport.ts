import * as pulumi from "@pulumi/pulumi";
import { orRefused } from "../decided";
import { UserError } from "../errors";
import type { OperationGraph } from "../steps/operationGraph";
import type { StepResult } from "../steps/step";

/** Ids of the replaced member as etcd prints them, in hex. */
export interface RepairedIds {
  /** Absent when etcd had no such member. */
  readonly old?: string;
  readonly new: string;
}

/** A member at the revision at which all were compared. */
export interface ComparedMember {
  readonly name: string;
  readonly hashKV: string;
}

/** What a completed repair says of itself. Revisions and hashes are decimal strings: they may exceed 2^53. */
export interface RepairReport {
  readonly restoreId: string;
  readonly cluster: string;
  readonly member: string;
  readonly ids: RepairedIds;
  /** The revision at which the members were compared, while clients wrote. */
  readonly revision: string;
  readonly members: ComparedMember[];
}

/** What a report is made from, beside the acts' results. */
interface RepairedCluster {
  readonly id: string;
  readonly cluster: { readonly name: string };
  readonly member: { readonly name: string };
}

/** @param plan of the repair. @param graph its acts */
export function repairReport(
  plan: pulumi.Output<RepairedCluster>,
  graph: OperationGraph,
): pulumi.Output<RepairReport> {
  const acts = ["guard", "replace-member", "verify-member"].map((act) => graph.result(act));
  return pulumi
    .all([plan as pulumi.Output<unknown>, pulumi.all(acts)])
    .apply(([known, [found = {}, replaced = {}, verdict = {}]]) =>
      orRefused(() => repairReportOf(known as RepairedCluster, found, replaced, verdict)),
    );
}

/** @throws UserError when the acts, which run once for an id, were run for another member */
export function repairReportOf(
  { id, cluster, member }: RepairedCluster,
  found: StepResult,
  replaced: StepResult,
  verdict: StepResult,
): RepairReport {
  if (typeof verdict.member === "string" && verdict.member !== member.name)
    throw new UserError(
      `restore.repair: ${member.name}: it was not repaired; restore.id ${id} is of the repair of ${verdict.member}.`,
      `pulumi config set --path restore.id ${id}-2`,
    );
  const old = found.oldMember;
  const members = Array.isArray(verdict.members) ? (verdict.members as RepairReport["members"]) : [];
  return {
    restoreId: id,
    cluster: cluster.name,
    member: member.name,
    ids: { ...(typeof old === "string" && old !== "" ? { old } : {}), new: String(replaced.newMember ?? "") },
    revision: String(verdict.revision ?? ""),
    members: members.map(({ name, hashKV }) => ({ name, hashKV })),
  };
}
