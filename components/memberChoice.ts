/** What one member says of itself, as far as it decides from which of them a snapshot is taken. */
export interface Candidate {
  /** Only a leader or a follower takes part in a quorum. */
  readonly role: "leader" | "follower" | "learner" | "no-leader";
  /** How far of the log it has carried out. */
  readonly applied: bigint;
  /** Of the cluster that it is a member of; where nobody says it, of one and the same. */
  readonly clusterId?: bigint;
}

/** The member that a snapshot is taken from, or why it is taken from none. */
export type MemberChoice<T> = { readonly best: T } | { readonly best?: undefined; readonly problem: string };

/**
 * A follower that lags least; the leader only when no follower is healthy. A member that has come to be of another cluster,
 * emptied and started anew, has no voice. Pure.
 *
 * @param answers of the members that answered. @param members how many there are
 */
export function chooseMember<T extends Candidate>(answers: readonly T[], members: number): MemberChoice<T> {
  const voters = answers.filter(({ role }) => role === "follower" || role === "leader");
  const clusters = [...new Set(voters.map(({ clusterId }) => clusterId))].map((id) =>
    voters.filter(({ clusterId }) => clusterId === id),
  );
  const [largest = []] = clusters.sort((a, b) => b.length - a.length);
  const followers = largest.filter(({ role }) => role === "follower");
  const leaders = largest.filter(({ role }) => role === "leader");
  const [best] = [...followers.sort((a, b) => Number(b.applied - a.applied)), ...leaders];
  if (best !== undefined && largest.length >= Math.floor(members / 2) + 1) return { best };
  const split = clusters.length > 1 ? ` and of one cluster, others are of another` : "";
  return {
    problem: `only ${largest.length} of ${members} members are healthy${split}: a snapshot now may miss writes`,
  };
}
