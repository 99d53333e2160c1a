import type { EtcdAnswer, EtcdClient, Substrate } from "./substrate";

/** What a member does for the cluster; only a leader or a follower takes part in a quorum. */
export type MemberRole = "leader" | "follower" | "learner" | "no-leader";

/** What one member says of itself. Ids and revisions go up to 2^64. */
export interface MemberStatus {
  readonly member: string;
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** Id of the leader that it knows; 0 for none. */
  readonly leader: bigint;
  readonly role: MemberRole;
  readonly revision: bigint;
  readonly raftIndex: bigint;
  readonly raftTerm: bigint;
  /** How far of the log it has carried out. */
  readonly applied: bigint;
  /** e.g. "3.6.14"; "" when it says none. */
  readonly version: string;
  /** Bytes of its database's file. */
  readonly dbSize: bigint;
  /** Of them in use; undefined before etcd 3.4. */
  readonly dbSizeInUse: bigint | undefined;
  /** Limit of that file in bytes; undefined when the member does not say it (before 3.6). */
  readonly quota: bigint | undefined;
}

/** What one member was asked, and what came of it. */
export interface MemberAnswer {
  readonly member: string;
  readonly answer: EtcdAnswer;
}

/**
 * Asks every member for itself alone, all at once: a question to several is held up by every one that is dead.
 *
 * A member that could not be reached has code -1.
 *
 * @param argv of etcd's client, without endpoints. @param options seconds: longest time, default 5
 */
export function askMembers(
  substrate: Pick<Substrate, "members" | "etcd">,
  argv: readonly string[],
  options: { readonly seconds?: number; readonly members?: readonly string[] } = {},
): Promise<readonly MemberAnswer[]> {
  const { seconds = 5, members = substrate.members.map(({ name }) => name) } = options;
  return Promise.all(
    members.map(async (member) => ({ member, answer: await ask(substrate.etcd, member, argv, seconds) })),
  );
}

/** Status of every member that answers, in the members' order. */
export async function askStatus(
  substrate: Pick<Substrate, "members" | "etcd">,
  options: { readonly seconds?: number; readonly members?: readonly string[] } = {},
): Promise<readonly MemberStatus[]> {
  return statusesIn(await askMembers(substrate, statusWords, options));
}

/** What a member is asked for its status. */
export const statusWords = ["endpoint", "status", "-w", "fields"] as const;

/** Status of those that gave one. */
export function statusesIn(answers: readonly MemberAnswer[]): readonly MemberStatus[] {
  return answers.flatMap(({ member, answer }) => {
    const status = answer.code === 0 ? parseStatus(member, answer.stdout) : undefined;
    return status === undefined ? [] : [status];
  });
}

async function ask(
  etcd: EtcdClient,
  member: string,
  argv: readonly string[],
  seconds: number,
): Promise<EtcdAnswer> {
  return etcd
    .run(member, argv, { endpoints: "own", seconds })
    .catch((cause: unknown) => ({ code: -1, stdout: "", stderr: messageOf(cause) }));
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/**
 * Values by name of what etcd's client prints with `-w fields`; the first of equal names counts.
 *
 * Numbers stay text: they may exceed 2^53.
 */
export function parseFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^"(\w+)" : (.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || value === undefined || fields.has(name)) continue;
    fields.set(name, value.trim().replace(/^"(.*)"$/, "$1"));
  }
  return fields;
}

/** Status of one endpoint, printed with `-w fields`; undefined when it is none. */
export function parseStatus(member: string, text: string): MemberStatus | undefined {
  const fields = parseFields(text);
  const memberId = number(fields.get("MemberID"));
  const revision = number(fields.get("Revision"));
  if (memberId === undefined || revision === undefined) return undefined;
  const leader = number(fields.get("Leader")) ?? 0n;
  return {
    member,
    clusterId: number(fields.get("ClusterID")) ?? 0n,
    memberId,
    leader,
    role: roleOf(memberId, leader, fields.get("IsLearner")),
    revision,
    raftIndex: number(fields.get("RaftIndex")) ?? 0n,
    raftTerm: number(fields.get("RaftTerm")) ?? 0n,
    applied: number(fields.get("RaftAppliedIndex")) ?? 0n,
    version: fields.get("Version") ?? "",
    dbSize: number(fields.get("DBSize")) ?? 0n,
    dbSizeInUse: number(fields.get("DBSizeInUse")),
    quota: number(fields.get("DBSizeQuota")),
  };
}

function roleOf(memberId: bigint, leader: bigint, learner: string | undefined): MemberRole {
  if (learner === "true") return "learner";
  if (leader === 0n) return "no-leader";
  return leader === memberId ? "leader" : "follower";
}

const number = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;

/** How many members a quorum needs. */
export const majorityOf = (members: number): number => Math.floor(members / 2) + 1;

/** How many of these take part in a quorum. */
export const quorate = (statuses: readonly MemberStatus[]): number =>
  statuses.filter(({ role }) => role === "leader" || role === "follower").length;

/** Highest revision of these; 0 without any. */
export const newestRevision = (statuses: readonly MemberStatus[]): bigint =>
  statuses.reduce((newest, { revision }) => (revision > newest ? revision : newest), 0n);

/** Version of the oldest server: it is the one that may not understand what it is given. */
export function oldestVersion(statuses: readonly MemberStatus[]): string | undefined {
  const versions = statuses.map(({ version }) => version).filter((version) => /^\d+(\.\d+)*$/.test(version));
  return versions.sort((a, b) => compareVersions(a, b))[0];
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The last thing that etcd's client said of a failure; its own log lines are left out. */
export function lastWords({ stderr }: EtcdAnswer): string {
  const lines = stderr
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(\{|command terminated)/.test(line));
  return lines.at(-1)?.trim() ?? "";
}
