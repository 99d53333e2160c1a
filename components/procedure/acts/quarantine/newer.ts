import type { ActContext } from "../../act";
import { askMembers } from "../../etcdStatus";
import type { LedgerRecord } from "../../ledgerRecord";
import { type Newer, newerKinds } from "../../quarantineRecord";
import { prefixOf } from "../cluster";
import { quarantineOf } from "./standing";

/** Where the API server keeps what machine controllers look at, below its prefix. */
const places: Readonly<Record<keyof Newer, readonly string[]>> = {
  machines: ["cluster.x-k8s.io", "cluster.k8s.io", "machine.openshift.io"].map(
    (group) => `/${group}/machines/`,
  ),
  nodes: ["/minions/"],
  pods: ["/pods/"],
};
const NAMED = 20;

/**
 * What is younger than what is restored, of a cluster under quarantine, as a member's own store says it: that needs no
 * quorum and no API server. Asked before anything is stopped.
 *
 * @returns undefined when no member says it, or nothing is put under quarantine
 */
export async function askNewer(context: ActContext, record: LedgerRecord): Promise<Newer | undefined> {
  const { quarantine, revision = "0" } = record;
  if (quarantineOf(context, { quarantine }) === undefined) return undefined;
  const prefix = await prefixOf(context.substrate);
  const namesUnder = async (place: string) => {
    const keys = await keysUnder(context, place);
    return keys === undefined ? undefined : newerThan(keys, Number(revision), place);
  };
  const asked = await Promise.all(
    newerKinds.map(async (kind) => {
      const answers = await Promise.all(places[kind].map((place) => namesUnder(prefix + place)));
      if (answers.includes(undefined)) return undefined;
      const names = answers.flatMap((one) => one ?? []).sort();
      return [kind, { count: names.length, named: names.slice(0, NAMED) }] as const;
    }),
  );
  const known = asked.filter((one) => one !== undefined);
  return known.length === newerKinds.length ? (Object.fromEntries(known) as unknown as Newer) : undefined;
}

/** A key of the store, and the revision that made it. */
export interface StoredKey {
  readonly key: string;
  readonly createdAt: number;
}

async function keysUnder(
  { substrate }: ActContext,
  prefix: string,
): Promise<readonly StoredKey[] | undefined> {
  const argv = ["get", prefix, "--prefix", "--keys-only", "--consistency=s", "-w", "json"];
  const answers = await askMembers(substrate, argv, { seconds: 10 });
  const one = answers.find(({ answer }) => answer.code === 0);
  return one === undefined ? undefined : parseKeys(one.answer.stdout);
}

/** @returns undefined for what is no answer of etcd's client */
export function parseKeys(text: string): readonly StoredKey[] | undefined {
  try {
    const { kvs = [] } = JSON.parse(text) as { kvs?: readonly { key: string; create_revision: number }[] };
    return kvs.map(({ key, create_revision: createdAt }) => ({
      key: Buffer.from(key, "base64").toString("utf8"),
      createdAt,
    }));
  } catch {
    return undefined;
  }
}

/** Names, with the namespace before it where there is one, of what was made after this revision under this prefix. */
export const newerThan = (keys: readonly StoredKey[], revision: number, prefix: string): readonly string[] =>
  keys.filter(({ createdAt }) => createdAt > revision).map(({ key }) => key.slice(prefix.length));
