import type { ActContext } from "../act";
import {
  askMembers,
  lastWords,
  type MemberStatus,
  newestRevision,
  oldestVersion,
  statusesIn,
  statusWords,
} from "../etcdStatus";
import { type BumpFacts, type BumpPlaces, bumpOf, judgeBump, judgeCountable } from "../judgements/bump";
import { type IdentityFacts, uidInNamespace } from "../judgements/identity";
import { parseLedger } from "../ledgerFormat";
import { type LedgerRecord, reached } from "../ledgerRecord";
import type { LedgerFields } from "../ledgerStore";
import { demand, type Refusal } from "../refusal";
import { allOf } from "../waiting";

/** What the cluster says of itself. */
export interface ClusterFacts {
  /** Of the members that answer. */
  readonly statuses: readonly MemberStatus[];
  /** Why a member gave no status; absent where one did. */
  readonly silence?: string;
  /** UID of kube-system as its API answers. */
  readonly liveUid: string | undefined;
  /** The same, in the data of its members. */
  readonly dataUid: string | undefined;
  /** Ledgers of all operations that there were, as they lie there. */
  readonly ledgers: readonly LedgerFields[];
}

/** Under which API servers keep their objects in etcd; where they are told no other, under their own. */
export const prefixOf = async ({ storagePrefix }: ActContext["substrate"]): Promise<string> =>
  (await storagePrefix?.()) ?? "/registry";

/**
 * Asks the members, the user cluster and the history, all at once: of a cluster without a quorum every question takes its
 * whole time.
 */
export async function askCluster({ substrate }: Pick<ActContext, "substrate">): Promise<ClusterFacts> {
  const [answers, liveUid, dataUid, ledgers] = await Promise.all([
    askMembers(substrate, statusWords),
    substrate.userApi.clusterUid(),
    askDataUid(substrate),
    substrate.ledger.all(),
  ]);
  const statuses = statusesIn(answers);
  const [first] = answers;
  const silence = statuses.length > 0 || first === undefined ? undefined : lastWords(first.answer);
  return { statuses, liveUid, dataUid, ledgers, ...(silence === undefined ? {} : { silence }) };
}

/**
 * The cluster's identity in the store itself: a read of each member's own, which needs no quorum.
 *
 * @returns undefined when no member says one, or two say different ones
 */
async function askDataUid(substrate: ActContext["substrate"]): Promise<string | undefined> {
  const prefix = await prefixOf(substrate);
  const argv = ["get", `${prefix}/namespaces/kube-system`, "--consistency=s", "-w", "json"];
  const answers = await askMembers(substrate, argv);
  const uids = answers.flatMap(({ answer }) => {
    const uid = answer.code === 0 ? uidInNamespace(answer.stdout) : undefined;
    return uid === undefined ? [] : [uid];
  });
  const [first, ...others] = new Set(uids);
  return others.length === 0 ? first : undefined;
}

/** What the snapshot's identity is compared with. */
export function identityFacts(
  { request, id, substrate }: Pick<ActContext, "request" | "id" | "substrate">,
  cluster: ClusterFacts,
): IdentityFacts {
  const { snapshot, clusterUid: typed } = request;
  const { liveUid: live, dataUid: data } = cluster;
  const known = typed ?? live ?? data ?? snapshot?.manifestUid;
  return {
    ...{ snapshot: snapshot?.kubeSystemUid, typed, live, data, manifest: snapshot?.manifestUid },
    // Read only when it counts: one ledger that somebody has edited must not stop what needs none.
    history: known === undefined ? uidInHistory(pastRecords(cluster, id, substrate.ledger.place)) : undefined,
  };
}

/** Ledgers of operations other than this one. @throws UserError for one that no program of this kind wrote */
function pastRecords({ ledgers }: ClusterFacts, id: string, place: string): readonly LedgerRecord[] {
  return ledgers
    .filter((fields) => fields.id !== undefined && fields.phase !== undefined && fields.id !== id)
    .map((fields) => parseLedger(fields, `${place} (of restore ${fields.id})`));
}

/**
 * After a restore the cluster has its snapshot's UID; the newest says what it is now. A roll-back, which says none, took
 * it back to what it was: known where all restores are of one UID.
 */
function uidInHistory(records: readonly LedgerRecord[]): string | undefined {
  const finished = records
    .filter(({ phase, kind }) => phase === "finished" && kind === "restore")
    .sort((a, b) => ((a.times.finished ?? "") < (b.times.finished ?? "") ? 1 : -1));
  const uids = new Set(finished.flatMap(({ clusterUid }) => clusterUid ?? []));
  const [only] = uids;
  return finished[0]?.clusterUid ?? (uids.size === 1 ? only : undefined);
}

/** What the bump is computed from. @param start revision of what is restored; "0" while nobody knows it */
export function bumpFacts(
  { id, substrate }: Pick<ActContext, "id" | "substrate">,
  cluster: ClusterFacts,
  start: string,
): BumpFacts {
  const live = newestRevision(cluster.statuses);
  const past = live > 0n ? servedRecords(cluster, id) : pastRecords(cluster, id, substrate.ledger.place);
  const earlier = past.flatMap(({ revision, bump }) =>
    revision === undefined || bump === undefined ? [] : [{ revision, bump }],
  );
  return { live: live.toString(), start, earlier };
}

/**
 * Of operations other than this one, those under which clients were served, also such as were undone afterwards. Members
 * answer: a ledger that somebody has edited must not stop what they say enough for.
 */
function servedRecords(cluster: ClusterFacts, id: string): readonly LedgerRecord[] {
  return cluster.ledgers.flatMap((fields) => {
    try {
      const [record] = pastRecords({ ...cluster, ledgers: [fields] }, id, "");
      if (record === undefined || !(reached(record, "serving") || reached(record, "committed"))) return [];
      const { revision = "", bump = "" } = record;
      return [revision, bump].some((each) => judgeCountable(each, "", String) !== undefined) ? [] : [record];
    } catch {
      return [];
    }
  });
}

/** Where the numbers of {@link bumpFacts} come from. */
export function bumpPlaces({ substrate }: Pick<ActContext, "substrate">): BumpPlaces {
  const { advice, ledger } = substrate;
  return { cluster: advice.place, ledger: ledger.place, lookAtLedger: () => advice.lookAtLedger() };
}

/**
 * The bump of a restore from this revision.
 *
 * What the ledger has already is kept while it is enough: members may be staged with it.
 */
export function settleBump(
  context: Pick<ActContext, "id" | "substrate">,
  cluster: ClusterFacts,
  start: string,
  bound: Pick<LedgerRecord, "bump" | "liveRevision">,
): { readonly bump: string; readonly liveRevision: string } {
  const facts = bumpFacts(context, cluster, start);
  // A member that answered earlier knew what nobody says now.
  const before = bound.liveRevision ?? "0";
  const live = BigInt(before) > BigInt(facts.live) ? before : facts.live;
  const known = { ...facts, live };
  demand(judgeBump(known, bumpPlaces(context)));
  const computed = bumpOf(known);
  const kept = bound.bump === undefined ? 0n : BigInt(bound.bump);
  return { bump: (kept > computed ? kept : computed).toString(), liveRevision: live };
}

/**
 * Version of the oldest server; what the substrate configures where no member says one.
 *
 * @param underWay the ledger is this operation's own
 */
export async function askServerVersion(
  { operation, id, request, substrate }: Pick<ActContext, "operation" | "id" | "request" | "substrate">,
  { statuses }: Pick<ClusterFacts, "statuses">,
): Promise<string | undefined> {
  const asked = oldestVersion(statuses);
  if (asked !== undefined) return asked;
  const judgement = await substrate.judge({ operation, id, request, underWay: true, recorded: {} });
  return judgement.serverVersion;
}

/** What judging came to: reasons not to go on, the gravest first, and what else is worth a line. */
export interface Said {
  readonly refusals: readonly Refusal[];
  readonly notes: readonly string[];
}

export const present = <T>(values: readonly (T | undefined)[]): readonly T[] =>
  values.filter((value): value is T => value !== undefined);

/** Runs it for every member at once; all have ended when it ends. */
export function forEachMember<T>(
  { substrate }: Pick<ActContext, "substrate">,
  work: (member: string) => Promise<T>,
): Promise<T[]> {
  return allOf(substrate.members.map(({ name }) => work(name)));
}
