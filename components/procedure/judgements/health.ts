import { type MemberStatus, quorate } from "../etcdStatus";
import { type Refusal, refused } from "../refusal";
import type { Advice } from "../substrate";

const kept = "what was put aside may be all that there is, and stays";

/** Whether every member takes part in the quorum: else what was put aside may still be needed. */
export function judgeHealthy({
  members,
  statuses,
  advice,
}: {
  readonly members: readonly string[];
  /** Of the members that answer. */
  readonly statuses: readonly MemberStatus[];
  readonly advice: Pick<Advice, "lookAtMember">;
}): Refusal | undefined {
  const sick = members.filter((name) => quorate(statuses.filter(({ member }) => member === name)) === 0);
  const [first] = sick;
  if (first !== undefined)
    return refused(
      "finalize-unhealthy",
      `restore.finalize: etcd is not healthy (not in the quorum: ${sick.join(" ")}): ${kept}`,
      `${advice.lookAtMember(first)}; when all members are well, 'pulumi up' goes on.`,
    );
  const clusters = new Set(statuses.map(({ clusterId }) => clusterId));
  if (clusters.size === 1) return undefined;
  return refused(
    "finalize-parted",
    `restore.finalize: the members are in ${clusters.size} clusters: ${kept}`,
  );
}

/** Whether the members hold the same. */
export function judgeEqual({
  equal,
  revision,
  hashes,
  absent,
}: {
  readonly equal: boolean;
  readonly revision: string;
  readonly hashes: readonly { readonly member: string; readonly hash: string }[];
  readonly absent: readonly string[];
}): Refusal | undefined {
  if (equal) return undefined;
  const what =
    absent.length > 0
      ? `no hash from: ${absent.join(" ")}`
      : `at revision ${revision} ${hashes.map(({ member, hash }) => `${member} has hash ${hash}`).join("; ")}`;
  return refused(
    "finalize-differs",
    `restore.finalize: the members are not shown to hold the same (${what}): ${kept}`,
    "'pulumi up' compares again; where they differ, go back to a good state first.",
  );
}
