import { UserError } from "../errors";
import { namesEnvironment } from "../hosted/clusterEnvironment";
import type { HostedMember } from "../hosted/hostedCluster";
import { type OperationArgs, type OperationPlan, planOperation } from "../restore/restorePlan";

/** What a repair of a hosted cluster needs to know. */
export interface MemberRepairArgs extends OperationArgs {
  /** Name of the bad member, e.g. "kube-etcd-1". */
  readonly member: string;
  /** Why a member that is healthy is replaced all the same; recorded in the ledger. */
  readonly reason?: string;
}

/** Everything about a repair that can be said before it runs: pure, and equal for equal arguments. */
export interface RepairPlan extends OperationPlan {
  readonly member: HostedMember;
}

/**
 * @returns the plan; nothing is read or asked here
 * @throws UserError when the cluster has no such member
 */
export function planMemberRepair(args: MemberRepairArgs): RepairPlan {
  const plan = planOperation(args);
  const member = plan.members.find(({ name }) => name === args.member);
  if (member === undefined) {
    throw new UserError(
      `restore.repair: ${args.member} is no member of ${args.cluster.name}; its members: ${plan.members.map(({ name }) => name).join(", ")}.`,
      "pulumi config set --path restore.repair MEMBER",
    );
  }
  const own = { MEMBER: member.name, DATA_DIRECTORY: args.cluster.profile.etcd.dataDirectory };
  return {
    ...plan,
    member,
    environment: {
      ...plan.environment,
      ...own,
      CLUSTER_NAMES: JSON.stringify({ ...namesEnvironment(args.cluster), ...own }),
      PEER_URL: member.peerUrl,
      ...(args.reason === undefined ? {} : { RESTORE_REASON: args.reason }),
    },
  };
}
