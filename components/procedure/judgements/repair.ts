import { type MemberStatus, majorityOf, quorate } from "../etcdStatus";
import type { LedgerRecord } from "../ledgerRecord";
import { failed, type Refusal, refused } from "../refusal";
import type { ListedMember } from "./memberList";

/** What is asked before one member is replaced. */
export interface RepairFacts {
  /** Name of the member that is named bad. */
  readonly member: string;
  /** Names of all, in order. */
  readonly members: readonly string[];
  /** Of the members that answer. */
  readonly statuses: readonly MemberStatus[];
  /** Whether it answers the others: they may reach it where we do not. */
  readonly seenHealthy: boolean;
  /** Why a healthy member is replaced all the same. */
  readonly reason: string | undefined;
  /** What to look at for a member. */
  readonly lookAtMember: (member: string) => string;
}

const toRestore = "pulumi config rm --path restore.repair; pulumi config set --path restore.snapshot FILE";

/** Whether the member that is asked for is the one that a repair of this id, begun or over, is of. */
export function judgeSameMember(
  { id, kind, member, phase }: LedgerRecord,
  asked: string | undefined,
): Refusal | undefined {
  if (kind !== "repair" || asked === undefined || member === undefined || member === asked) return undefined;
  return refused(
    "repair-changed",
    `restore.repair: ${asked}, but repair ${id} is of ${member} (it is ${phase})`,
    `Set restore.repair to that one again. For this one, finish or undo repair ${id} first, then: pulumi config set --path restore.id ${id}-2`,
  );
}

/** Whether the others have the quorum, all of them are there, and the member is bad. */
export function judgeRepairNeed(facts: RepairFacts): Refusal | undefined {
  const { member, members, statuses, reason, lookAtMember } = facts;
  const others = statuses.filter((status) => status.member !== member);
  if (quorate(others) < majorityOf(members.length))
    return refused(
      "repair-no-quorum",
      `restore.repair: beside ${member}, ${quorate(others)} of ${members.length} members have a quorum; a repair needs ${majorityOf(members.length)}`,
      `Without a quorum all are restored from a snapshot: ${toRestore}`,
    );
  const silent = silentOther(facts);
  if (silent !== undefined)
    return refused(
      "repair-other-silent",
      `restore.repair: ${silent} does not answer either; etcd takes a new member only while all others are connected`,
      `Mend ${silent} first, where its data is whole. ${lookAtMember(silent)}`,
    );
  if (!(facts.seenHealthy || answers(statuses, member)) || reason !== undefined) return undefined;
  return refused(
    "repair-healthy",
    `restore.repair: ${member} is healthy: there is nothing to repair`,
    "Name the bad member. If its data shall be fetched anew all the same: pulumi config set --path restore.reason 'why'",
  );
}

/** The first of the others that does not take part in the quorum; undefined when all do. */
export function silentOther({
  member,
  members,
  statuses,
}: Pick<RepairFacts, "member" | "members" | "statuses">): string | undefined {
  return members.find((name) => name !== member && !answers(statuses, name));
}

/** Whether a member takes part in the quorum. */
export function answers(statuses: readonly MemberStatus[], member: string): boolean {
  return quorate(statuses.filter((status) => status.member === member)) === 1;
}

/** A repair ends with a write. @param alarms as etcd lists them */
export function judgeRepairAlarms(alarms: string): Refusal | undefined {
  if (!alarms.includes("NOSPACE")) return undefined;
  return refused(
    "repair-no-space-alarm",
    `etcd: ${alarms.trim()}: the store takes no writes, and a repair ends with one`,
    "Compact and defragment, or raise the quota; then: etcdctl alarm disarm",
  );
}

/** The others' database, and logs of 64 MiB for the seed and the member, beside the data that is put aside. */
const logBytes = 67_108_864n;

/** @param facts available: bytes on the member's volume; size: of the others' database, in bytes */
export function judgeRepairSpace(facts: {
  readonly member: string;
  readonly available: number;
  readonly size: bigint;
}): Refusal | undefined {
  const needed = facts.size + 2n * logBytes;
  if (BigInt(facts.available) >= needed) return undefined;
  return refused(
    "repair-no-space",
    `member ${facts.member}: its volume has ${facts.available} bytes free, its new data needs ${needed}`,
    "Enlarge its volume, or remove old member.pre-* directories.",
  );
}

/** All in the list, none but those, none that only learns. @param toGoOn a new try, under a new id */
export function judgeRepaired(facts: {
  readonly list: readonly ListedMember[];
  readonly members: number;
  readonly member: string;
  readonly newMember: string | undefined;
  readonly toGoOn: string;
}): Refusal | undefined {
  const { list, members, member, newMember, toGoOn } = facts;
  const own = list.find(({ id }) => id === newMember);
  if (own?.status !== "started" || own.name !== member)
    return failed(
      "repair-not-started",
      `etcd: member ${newMember ?? "?"} has not started as ${member}`,
      toGoOn,
    );
  const voters = list.filter(({ status, learner }) => status === "started" && !learner);
  if (voters.length === members && list.length === members) return undefined;
  const all = list.map(({ id, status, name, peerUrls, learner }) =>
    [id, status, name || "-", peerUrls, learner].join(" "),
  );
  return failed(
    "repair-other-members",
    `etcd: not exactly ${members} started voters: ${all.join("; ")}`,
    "Look: etcdctl member list; then 'pulumi up' goes on.",
  );
}
