import * as pulumi from "@pulumi/pulumi";
import { checkDeclared } from "../config/declaredArguments";
import { decided, type Values } from "../decided";
import { decideNodes, nodesConfig } from "../nodes/decideNodes";
import type { NodesClusterArgs } from "../nodes/nodesClusterArgs";
import { type NodesGraphArgs, nodesGraph } from "../nodes/nodesGraph";
import { openForQuestions } from "../nodes/openForQuestions";
import { adviseOn } from "../preview/advise";
import { unknownMember } from "./repairPlan";
import { type RepairReport, repairReport } from "./repairReport";

/** What {@link NodesMemberRepair} needs to know. */
export interface NodesMemberRepairArgs {
  /** The control plane, with all its machines. */
  readonly cluster: NodesClusterArgs;
  /** Name of this one operation, at most 40 lower-case letters, digits, '-'; never used twice for the same cluster. */
  readonly id: pulumi.Input<string>;
  /** Name of the bad member, which is its machine's, e.g. "cp-2". */
  readonly member: string;
  /** Why a member that is healthy is replaced all the same; recorded in the ledger. Default: it is refused. */
  readonly reason?: pulumi.Input<string>;
}

interface NodesRepairPlan extends NodesGraphArgs {
  readonly member: { readonly name: string };
}

/**
 * Replaces one bad member of a control plane of static Pods whose other members have a quorum, over SSH: no snapshot, no
 * outage.
 *
 * etcd forgets the member and takes it again under a new id; what it then serves, it fetches from the others. Only the
 * member's own etcd is ever restarted; the API server beside it is unready while that is away. The guard alone undoes.
 */
export class NodesMemberRepair extends pulumi.ComponentResource {
  /** What was done, when all of it is done. */
  readonly report: pulumi.Output<RepairReport>;

  constructor(name: string, args: NodesMemberRepairArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDeclared(`NodesMemberRepair ${name}`, args, {
      names: { cluster: true, id: true, member: true, reason: true },
      needs: ["member"],
    });
    const plan = decided(args, (values) => decideRepair(`NodesMemberRepair ${name}`, values));
    const recorded = {
      restoreId: plan.apply(({ id }) => id),
      cluster: plan.apply(({ cluster }) => cluster.name),
    };
    super("etcd-recovery:index:NodesMemberRepair", name, { ...recorded, member: args.member }, opts);
    const graph = nodesGraph(this, name, { operation: "repair", members: [args.member] }, plan);
    this.report = repairReport(plan, graph);
    this.registerOutputs({ report: this.report });
  }
}

async function decideRepair(
  component: string,
  args: Values<NodesMemberRepairArgs>,
): Promise<NodesRepairPlan> {
  const { cluster: named, id: given, member: name, reason: why } = args;
  const config = nodesConfig(component, named, { id: given, repair: name, reason: why });
  const cluster = decideNodes(config);
  const member = cluster.machines.find((machine) => machine.name === name);
  if (member === undefined) throw unknownMember(name, cluster.name, cluster.machines);
  const { id, reason } = config.restore;
  const request = { repair: name, ...(reason === undefined ? {} : { reason }) };
  await adviseOn({ operation: "repair", id, request, open: () => openForQuestions(cluster) });
  return { id, cluster, request, member: { name } };
}
