import type { LiveKeys } from "../../snapshot";
import type { EtcdClient } from "../procedure/substrate";

/** The keys of a member that answers. */
export interface LiveEtcd {
  readonly member: string;
  /** At which the keys were read. */
  readonly revision: number;
  readonly keys: LiveKeys;
}

const STATUS_SECONDS = 10;
const PAGE_SECONDS = 60;

/** What asks etcd: etcdctl where the members are. */
export type EtcdAsked = Pick<EtcdClient, "run">;

/**
 * Reads every key of the member that is furthest, and no value. A read of the member's own store, which needs no
 * quorum and writes nothing.
 *
 * @param members by name. @param pageKeys keys in one answer
 * @throws Error when no member answers, or one stops answering
 */
export async function readLiveEtcd(
  members: readonly string[],
  etcd: EtcdAsked,
  pageKeys = 20_000,
): Promise<LiveEtcd> {
  // On a busy machine a member that lives may be late: none is taken to be dead by one question.
  const furthest = await furthestOf(members, etcd).catch(() => furthestOf(members, etcd));
  const keys = await readKeys(etcd, furthest.name, furthest.revision, pageKeys);
  return { member: furthest.name, revision: furthest.revision, keys };
}

async function furthestOf(members: readonly string[], etcd: EtcdAsked) {
  const asked = await Promise.allSettled(
    members.map(async (name) => ({ name, revision: await revisionOf(etcd, name) })),
  );
  const answers = asked.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const furthest = answers.sort((a, b) => b.revision - a.revision)[0];
  if (furthest !== undefined) return furthest;
  const reasons = asked.flatMap((answer) =>
    answer.status === "rejected" ? [String(answer.reason.message)] : [],
  );
  throw new Error(`no etcd member answers: ${reasons[0]}`);
}

/** What etcdctl prints as JSON; keys are in base64. */
interface RangeAnswer {
  readonly kvs?: readonly { readonly key: string; readonly mod_revision: number }[];
  readonly more?: boolean;
}

async function readKeys(
  etcd: EtcdAsked,
  member: string,
  revision: number,
  pageKeys: number,
): Promise<LiveKeys> {
  const keys = new Map<string, bigint>();
  for (let from = "", more = true; more; ) {
    const argv = [
      "--rev",
      `${revision}`,
      "--limit",
      `${pageKeys}`,
      "--from-key",
      "--keys-only",
      "--consistency",
      "s",
    ];
    // A page that was cut on its way is no JSON.
    const page: RangeAnswer = JSON.parse(
      await etcdctl(etcd, member, ["get", ...argv, "--", from], PAGE_SECONDS),
    );
    for (const { key, mod_revision } of page.kvs ?? [])
      keys.set(Buffer.from(key, "base64").toString("utf8"), BigInt(mod_revision));
    const last = page.kvs?.at(-1)?.key;
    more = page.more === true && last !== undefined;
    // The next page begins with the last key of this one: a key that is just above it cannot be an argument.
    if (last !== undefined) from = Buffer.from(last, "base64").toString("utf8");
  }
  return keys;
}

async function revisionOf(etcd: EtcdAsked, member: string): Promise<number> {
  const answer = JSON.parse(await etcdctl(etcd, member, ["endpoint", "status"], STATUS_SECONDS));
  return answer[0].Status.header.revision;
}

async function etcdctl(
  etcd: EtcdAsked,
  member: string,
  argv: readonly string[],
  seconds: number,
): Promise<string> {
  const { code, stdout, stderr } = await etcd.run(member, ["-w", "json", ...argv], { seconds });
  if (code === 0) return stdout;
  // etcdctl's own log comes before what it says.
  throw new Error(`${member}: ${stderr.trim().split("\n").at(-1) || `etcdctl ended with ${code}`}`);
}
