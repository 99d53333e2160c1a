import * as pulumi from "@pulumi/pulumi";
import { checkArguments } from "../config/argumentsCheck";
import type { RestoreConfig } from "../config/configSchema";
import { checkDeclared } from "../config/declaredArguments";
import { decided, type Values } from "../decided";
import { clusterKeys, decideCluster, declaredMembers } from "../hosted/decideCluster";
import type { HostedOperationArgs } from "../hosted/hostedClusterArgs";
import { hostedGraph, recordOf } from "../hosted/hostedGraph";
import { advise } from "../preview/advise";
import { planMemberRepair, type RepairPlan } from "./repairPlan";
import { type RepairReport, repairReport } from "./repairReport";

/** What {@link MemberRepair} needs to know. */
export interface MemberRepairArgs extends HostedOperationArgs {
  /** Name of the bad member, e.g. "kube-etcd-1". Plain: it is part of a resource's name. */
  readonly member: string;
  /** Why a member that is healthy is replaced all the same; recorded in the ledger. Default: it is refused. */
  readonly reason?: pulumi.Input<string>;
}

/**
 * Replaces one bad member of a hosted control plane whose other members have a quorum: no snapshot, no outage.
 *
 * etcd forgets the member and takes it again under a new id; what it then serves, it fetches from the others. Only
 * the member's own Pod is ever restarted; no workload, budget or other member is touched. The guard alone undoes.
 */
export class MemberRepair extends pulumi.ComponentResource {
  /** What was done, when all of it is done. */
  readonly report: pulumi.Output<RepairReport>;

  constructor(name: string, args: MemberRepairArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDeclared(`MemberRepair ${name}`, args, {
      names: { cluster: true, id: true, utilityImage: true, member: true, reason: true },
      needs: ["member"],
    });
    const plan = decided(args, (values) => decideRepair(`MemberRepair ${name}`, values));
    super("etcd-recovery:index:MemberRepair", name, { ...recordOf(plan), member: args.member }, opts);
    const members = declaredMembers(args.cluster).filter((member) => member.name === args.member);
    const graph = hostedGraph(this, name, { operation: "repair", members }, plan);
    this.report = repairReport(plan, graph);
    this.registerOutputs({ report: this.report });
  }
}

async function decideRepair(component: string, args: Values<MemberRepairArgs>): Promise<RepairPlan> {
  const { cluster: named, utilityImage, id: given, member, reason: why } = args;
  const restore = { id: given, repair: member, reason: why };
  const keys = { operation: "restore", ...clusterKeys(named), utilityImage, restore };
  const config = checkArguments(component, keys) as RestoreConfig;
  const cluster = decideCluster(config, named);
  const { id, reason } = config.restore;
  const judged = reason === undefined ? {} : { reason };
  const plan = planMemberRepair({ cluster, id, utilityImage, member, ...judged });
  await advise(plan);
  return plan;
}
