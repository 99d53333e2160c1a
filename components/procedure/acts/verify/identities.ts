import type { MemberStatus } from "../../etcdStatus";
import type { LedgerRecord } from "../../ledgerRecord";
import { failed, type Refusal } from "../../refusal";
import type { Substrate } from "../../substrate";
import { absentFrom, GO_BACK } from "./asking";

/** All members, in the cluster that was staged and in no other. */
export function judgeIdentities(
  substrate: Pick<Substrate, "members" | "advice">,
  statuses: readonly MemberStatus[],
  { cluster }: Pick<LedgerRecord, "cluster">,
): Refusal | undefined {
  const absent = absentFrom(substrate, statuses);
  const [first] = absent;
  if (first !== undefined) {
    return failed(
      "etcd-absent",
      `etcd: no answer from: ${absent.join(" ")}`,
      `${substrate.advice.lookAtMember(first)}; then 'pulumi up' goes on. ${GO_BACK}`,
    );
  }
  // Members say their ids in decimal, the ledger has them in hex: both are 64 bits.
  const staged = cluster ? BigInt(`0x${cluster}`) : statuses[0]?.clusterId;
  if (statuses.every(({ clusterId }) => clusterId === staged)) return undefined;
  const each = statuses.map(({ member, clusterId }) => `${member} is in ${clusterId}`).join("; ");
  return failed(
    "etcd-other-cluster",
    `etcd: the members are not one restored cluster (staged: cluster ${staged}): ${each}`,
    `A member runs on other data than was staged. ${GO_BACK}`,
  );
}
