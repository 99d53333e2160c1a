/** What one member says of itself, as far as it decides from which of them a snapshot is taken. */
export interface Candidate {
  /** Only a leader or a follower takes part in a quorum. */
  readonly role: "leader" | "follower" | "learner" | "no-leader";
  /** How far of the log it has carried out. */
  readonly applied: bigint;
}

/** The member that a snapshot is taken from, or why it is taken from none. */
export type MemberChoice<T> = { readonly best: T } | { readonly best?: undefined; readonly problem: string };

/**
 * A follower that lags least; the leader only when no follower is healthy. Pure.
 *
 * @param answers of the members that answered. @param members how many there are
 */
export function chooseMember<T extends Candidate>(answers: readonly T[], members: number): MemberChoice<T> {
  const followers = answers.filter(({ role }) => role === "follower");
  const leaders = answers.filter(({ role }) => role === "leader");
  const [best] = [...followers.sort((a, b) => Number(b.applied - a.applied)), ...leaders];
  const healthy = followers.length + leaders.length;
  if (best !== undefined && healthy >= Math.floor(members / 2) + 1) return { best };
  return {
    problem: `only ${healthy} of ${members} members are healthy: a snapshot now may miss writes`,
  };
}
