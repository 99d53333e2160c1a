import type { LiveKeys } from "../../snapshot";
import { type HostedCluster, membersOf } from "./hostedCluster";
import { kubectl } from "./kubectl";

/** The keys of a member that answers. */
export interface LiveEtcd {
  readonly member: string;
  /** At which the keys were read. */
  readonly revision: number;
  readonly keys: LiveKeys;
}

const STATUS_SECONDS = 10;
const PAGE_SECONDS = 60;

/**
 * Reads every key of the member that is furthest, and no value. A read of the member's own store, which needs no
 * quorum and writes nothing.
 *
 * @param pageKeys keys in one answer
 * @throws Error when no member answers, or one stops answering
 */
export async function readLiveEtcd(cluster: HostedCluster, pageKeys = 20_000): Promise<LiveEtcd> {
  const asked = await Promise.allSettled(
    membersOf(cluster).map(async ({ name }) => ({ name, revision: await revisionOf(cluster, name) })),
  );
  const answers = asked.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const furthest = answers.sort((a, b) => b.revision - a.revision)[0];
  if (furthest === undefined) {
    const reasons = asked.flatMap((answer) =>
      answer.status === "rejected" ? [String(answer.reason.message)] : [],
    );
    throw new Error(`no etcd member answers: ${reasons[0]}`);
  }
  const keys = await readKeys(cluster, furthest.name, furthest.revision, pageKeys);
  return { member: furthest.name, revision: furthest.revision, keys };
}

/** What etcdctl prints as JSON; keys are in base64. */
interface RangeAnswer {
  readonly kvs?: readonly { readonly key: string; readonly mod_revision: number }[];
  readonly more?: boolean;
}

async function readKeys(
  cluster: HostedCluster,
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
      await etcdctl(cluster, member, ["get", ...argv, "--", from], PAGE_SECONDS),
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

async function revisionOf(cluster: HostedCluster, member: string): Promise<number> {
  const answer = JSON.parse(await etcdctl(cluster, member, ["endpoint", "status"], STATUS_SECONDS));
  return answer[0].Status.header.revision;
}

function etcdctl(
  cluster: HostedCluster,
  member: string,
  argv: readonly string[],
  seconds: number,
): Promise<string> {
  const { container, clientPort, ca, certificate, key } = cluster.profile.etcd;
  const access = [
    `--endpoints=https://127.0.0.1:${clientPort}`,
    `--cacert=${ca}`,
    `--cert=${certificate}`,
    `--key=${key}`,
  ];
  const exec = ["exec", member, "-c", container, "--", "etcdctl", ...access];
  return kubectl(cluster, [...exec, `--command-timeout=${seconds - 2}s`, "-w", "json", ...argv], seconds);
}
