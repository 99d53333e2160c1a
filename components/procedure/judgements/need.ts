import type { ActContext } from "../act";
import { askStatus, type MemberStatus, majorityOf, quorate } from "../etcdStatus";
import type { Found, LedgerRecord } from "../ledgerRecord";
import { demand, type Refusal, refused } from "../refusal";
import type { Request } from "../request";
import { allOf } from "../waiting";

/** What says whether a restore is needed at all. */
export interface NeedFacts {
  /** How many members there are. */
  readonly members: number;
  /** How many of those that answered take part in a quorum; undefined: no member could be asked. */
  readonly quorate: number | undefined;
  /** How many are counted ready by whoever runs them; counts only when no member could be asked. */
  readonly ready: number;
  /** Why a living quorum's data is thrown away. */
  readonly reason: string | undefined;
}

const healthyOf = (facts: NeedFacts): number => facts.quorate ?? facts.ready;

/**
 * Whether the members have a quorum. Without one no member knows a leader for longer than an election takes: a single one
 * that does speaks for the others too, which perhaps could not be asked.
 */
export const isQuorumAlive = ({ quorate, ready, members }: NeedFacts): boolean =>
  quorate === undefined ? ready >= majorityOf(members) : quorate > 0;

/** A living quorum is restored over for a reason only. */
export function judgeNeed(facts: NeedFacts): Refusal | undefined {
  if (!isQuorumAlive(facts) || facts.reason !== undefined) return undefined;
  return refused(
    "quorum-alive",
    `restore.reason: ${livingOf(facts)}: the quorum is alive, and a restore would throw its data away`,
    "One bad member is replaced, not restored. If the data itself is wrong: pulumi config set --path restore.reason 'why'",
  );
}

/** etcd's client is not there, or not what it is to show itself with. */
const unaskable = /executable file not found|^Error: open \S+: no such file or directory/;

/**
 * Whether the members can be asked at all, once they run. What asks them proves the restored data, too, while nobody is
 * served: that it cannot would be found out in the outage.
 *
 * @param silence why none gave an answer; undefined where one did
 */
export function judgeAskable(silence: string | undefined, lookAtMember: string): Refusal | undefined {
  if (silence === undefined || !unaskable.test(silence)) return undefined;
  return refused(
    "members-unaskable",
    `etcd: its members cannot be asked (etcdctl: ${silence}): nothing could prove that what is restored serves`,
    `Let etcdctl, and the certificates that are configured for it, be where the members run. ${lookAtMember}`,
  );
}

function livingOf(facts: NeedFacts): string {
  const healthy = `${healthyOf(facts)} of ${facts.members} members are healthy`;
  return healthyOf(facts) >= majorityOf(facts.members)
    ? healthy
    : `${healthy} and know a leader, which there is only with a quorum (the others could not be asked)`;
}

/** What was found out about the need, for the account. */
export function needNote(facts: NeedFacts): string {
  return facts.quorate === undefined
    ? `no member could be asked; ${facts.ready} of ${facts.members} are counted ready`
    : `members with a quorum: ${facts.quorate} of ${facts.members}`;
}

/** That it is a roll-back is reason enough to take a living quorum's data away; what the user says is added to it. */
export function reasonOf(request: Request, record?: LedgerRecord): string | undefined {
  const rollback = request.rollback;
  if (rollback === undefined) return request.reason ?? record?.reason;
  const because = `roll-back of restore ${rollback}`;
  return request.reason === undefined ? because : `${because}: ${request.reason}`;
}

/** Of the members' own answers, and of the counts where nobody answered. */
export function needFacts(
  statuses: readonly MemberStatus[],
  members: number,
  ready: number,
  reason: string | undefined,
): NeedFacts {
  return { members, quorate: statuses.length === 0 ? undefined : quorate(statuses), ready, reason };
}

/** Etcd's instances that were counted ready when these workloads were looked at. */
export const readyMembers = ({ workloads }: Found): number =>
  workloads.filter(({ part }) => part === "etcd").reduce((sum, { ready = 0 }) => sum + ready, 0);

/**
 * Asks the members now whether they have a quorum: hours may have passed since anybody asked, and users write.
 *
 * @returns what the members said. @throws RefusedError for a living quorum without a reason
 */
export async function askNeed(
  context: Pick<ActContext, "substrate" | "request" | "say">,
  record: LedgerRecord,
): Promise<{ readonly statuses: readonly MemberStatus[]; readonly facts: NeedFacts }> {
  const { substrate, request, say } = context;
  const statuses = await askStatus(substrate);
  const ready = statuses.length > 0 ? 0 : await askReady(context, record);
  const facts = needFacts(statuses, substrate.members.length, ready, reasonOf(request, record));
  say(needNote(facts));
  demand(judgeNeed(facts));
  return { statuses, facts };
}

async function askReady({ substrate }: Pick<ActContext, "substrate">, record: LedgerRecord): Promise<number> {
  const { found = (await substrate.workloads.find()).found } = record;
  const etcd = found.workloads.filter(({ part }) => part === "etcd");
  const counts = await allOf(etcd.map((workload) => substrate.workloads.readiness(workload)));
  return counts.reduce((sum, { ready }) => sum + ready, 0);
}
