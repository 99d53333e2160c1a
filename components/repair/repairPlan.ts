import { UserError } from "../errors";
import { type HostedMember, membersOf } from "../hosted/hostedCluster";
import type { HostedGraphArgs } from "../hosted/hostedGraph";
import type { OperationArgs } from "../hosted/operationArgs";

/** A repair of a hosted cluster, its arguments with their values. */
export interface DecidedRepair extends OperationArgs {
  /** Name of the bad member, e.g. "kube-etcd-1". */
  readonly member: string;
  /** Why a member that is healthy is replaced all the same; recorded in the ledger. */
  readonly reason?: string;
}

/** Everything about a repair that can be said before it runs: pure, and equal for equal arguments. */
export interface RepairPlan extends HostedGraphArgs {
  readonly member: HostedMember;
}

/**
 * @returns the plan; nothing is read or asked here
 * @throws UserError when the cluster has no such member
 */
export function planMemberRepair(args: DecidedRepair): RepairPlan {
  const { cluster, id, utilityImage, reason } = args;
  const members = membersOf(cluster);
  const member = members.find(({ name }) => name === args.member);
  if (member === undefined) throw unknownMember(args.member, cluster.name, members);
  const request = { repair: member.name, utilityImage, ...(reason === undefined ? {} : { reason }) };
  return { operation: "repair", cluster, id, utilityImage, members: [member], member, request };
}

/** What is said of a name that is none of the cluster's members'. */
export const unknownMember = (
  name: string,
  cluster: string,
  members: readonly { readonly name: string }[],
): UserError =>
  new UserError(
    `restore.repair: ${name}: not a member of ${cluster}. Choose one of: ${members.map((one) => one.name).join(", ")}.`,
    "pulumi config set --path restore.repair MEMBER",
  );
