import type { ActContext } from "../act";
import { newestRevision, oldestVersion } from "../etcdStatus";
import { judgeBump } from "../judgements/bump";
import { identityNote, judgeIdentity } from "../judgements/identity";
import { judgeKubernetes, kubernetesNote } from "../judgements/kubernetesVersion";
import { isUnderWay, judgeLock, usedBefore } from "../judgements/lock";
import { judgeAskable, judgeNeed, needFacts, needNote, readyMembers, reasonOf } from "../judgements/need";
import { judgeNoneOpen, judgePast } from "../judgements/past";
import { keysStay } from "../judgements/previous";
import { judgeSnapshot } from "../judgements/snapshot";
import { judgeVersion, versionNote } from "../judgements/version";
import type { LedgerRecord } from "../ledgerRecord";
import type { Refusal } from "../refusal";
import type { Judgement } from "../substrate";
import {
  askCluster,
  bumpFacts,
  bumpPlaces,
  type ClusterFacts,
  identityFacts,
  present,
  type Said,
} from "./cluster";
import { memberNames } from "./volumes";

/** What can be known before anything is made. */
export interface Inspection extends Said {
  /** Where each member's volume can be reached. */
  readonly places: Readonly<Record<string, string>>;
  /** As {@link Judgement} has it. */
  readonly like?: object;
  /** Newest revision that a member says; "0" when none answers. */
  readonly liveRevision: string;
  /** Of the oldest server; undefined when nothing says it. */
  readonly serverVersion: string | undefined;
  /** The ledger as it stands. */
  readonly record: LedgerRecord | undefined;
}

/**
 * Asks everything that can be asked before anything is made, all at once. Read-only.
 *
 * @returns every reason not to go on, the gravest first: another operation, rights and the cluster's own state, then the
 *   snapshot, then the need. @throws when something could not be asked, and nothing that was answered says why
 */
export async function inspect(context: ActContext): Promise<Inspection> {
  const { operation, ledger, substrate } = context;
  // Held back until the ledger and the rights are judged: who may not ask hears that, not what failed for it.
  const cluster = held(operation === "finalize" ? noFacts : askCluster(context));
  const locked = await held(
    ledger.read().then(async ({ record }) => ({ record, ...(await judgeLedger(context, record)) })),
  );
  const record = locked.error === undefined ? locked.value?.record : undefined;
  const judgement = await substrate.judge(judgeRequest(context, record));
  const grave = [...(locked.value?.refusals ?? []), ...judgement.refusals];
  if (locked.error !== undefined && grave.length === 0) throw locked.error;
  const { places, like, serverVersion } = judgement;
  const base = { places, record, serverVersion, ...(like === undefined ? {} : { like }) };
  const asked = await cluster;
  if (asked.value === undefined) {
    if (grave.length === 0) throw asked.error;
    return { ...base, refusals: grave, notes: judgement.notes, liveRevision: "0" };
  }
  const said = await judgeCluster(context, asked.value, record, judgement, grave.length > 0);
  return {
    ...base,
    refusals: [...grave, ...said.refusals],
    notes: [...(locked.value?.notes ?? []), ...judgement.notes, ...said.notes],
    liveRevision: newestRevision(asked.value.statuses).toString(),
    serverVersion: oldestVersion(asked.value.statuses) ?? judgement.serverVersion,
  };
}

const noFacts: Promise<ClusterFacts> = Promise.resolve({
  ...{ statuses: [], liveUid: undefined, dataUid: undefined, ledgers: [] },
});

type Held<T> = Promise<
  { readonly value: T; readonly error?: undefined } | { readonly value?: undefined; readonly error: unknown }
>;

/** Keeps an error until it is asked for. */
const held = <T>(asked: Promise<T>): Held<T> =>
  asked.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error ?? new Error("no reason was given") }),
  );

async function askReady({ substrate }: ActContext): Promise<number> {
  return readyMembers((await substrate.workloads.find()).found);
}

function judgeRequest({ operation, id, request }: ActContext, record: LedgerRecord | undefined) {
  const underWay = isUnderWay(record, id);
  const workloads = underWay ? (record.found?.workloads ?? []) : [];
  const recorded = Object.fromEntries(workloads.map(({ name, replicas }) => [name, replicas]));
  return { operation, id, request, underWay, recorded };
}

/** No other operation, and this id is new; what an earlier one left is still there. */
async function judgeLedger(context: ActContext, record: LedgerRecord | undefined): Promise<Said> {
  const { id, ledger, operation, request, substrate } = context;
  const { advice } = substrate;
  const now = new Date();
  if (operation === "finalize")
    return {
      notes: [],
      refusals: present([
        judgeNoneOpen(record, advice, now),
        (await lookAtEarlier(context, "finalize")).refusal,
      ]),
    };
  const lock = judgeLock(record, { id, kind: ledger.kind, now }, advice);
  const [used, earlier] = await Promise.all([substrate.ledger.past(id), lookAtEarlier(context, "rollback")]);
  const again = isUnderWay(record, id) ? judgeSnapshotLater(record, context) : undefined;
  const before = used.fields === undefined ? undefined : usedBefore(id, "");
  return {
    notes: present([keysStay(earlier.record, request.previousPki === true)]),
    refusals: present([lock, before, again, earlier.refusal]),
  };
}

/** While the ledger is open another snapshot is staged anew. */
const judgeSnapshotLater = (record: LedgerRecord, { request }: ActContext): Refusal | undefined =>
  record.phase === "open" ? undefined : judgeSnapshot(record, request);

/** An earlier restore that a setting names. */
interface Earlier {
  readonly record?: LedgerRecord | undefined;
  readonly refusal?: Refusal | undefined;
}

/** The restore whose previous data is restored, or removed; nothing where the setting names none. */
export async function lookAtEarlier(
  context: Pick<ActContext, "ledger" | "request" | "substrate">,
  what: "rollback" | "finalize",
): Promise<Earlier> {
  const { ledger, request, substrate } = context;
  const id = request[what];
  if (id === undefined) return {};
  const [record, kept] = await Promise.all([ledger.past(id), ledger.kept()]);
  const { twoWaysOut } = substrate.advice;
  const facts = { key: `restore.${what}`, id, record, kept, members: memberNames(context), twoWaysOut };
  return { record, refusal: judgePast(facts, what === "rollback" ? "kept" : "over") };
}

async function judgeCluster(
  context: ActContext,
  cluster: ClusterFacts,
  record: LedgerRecord | undefined,
  judgement: Judgement,
  barred: boolean,
): Promise<Said> {
  const { operation, id, request, substrate } = context;
  // Under way already: what there was to say against it was said then, and is said again where it binds.
  if (operation === "finalize" || isUnderWay(record, id)) return { refusals: [], notes: [] };
  const kubernetes = judgement.kubernetesVersions ?? [];
  const server = oldestVersion(cluster.statuses) ?? judgement.serverVersion;
  const said = judgeSource(context, cluster, server, kubernetes);
  // Counted only when no member could be asked. Whoever is barred from the cluster hears that, not that this failed.
  const counted = await held(cluster.statuses.length > 0 ? Promise.resolve(0) : askReady(context));
  if (counted.value === undefined) {
    if (barred) return said;
    throw counted.error;
  }
  const need = needFacts(cluster.statuses, substrate.members.length, counted.value, reasonOf(request));
  const facts = bumpFacts(context, cluster, request.snapshot?.revision ?? "0");
  const { members, advice } = substrate;
  // What etcd's client shows itself with may be what comes back.
  const keysChange = request.pki !== undefined || request.previousPki === true;
  const silence = keysChange ? undefined : cluster.silence;
  const askable = judgeAskable(silence, advice.lookAtMember(members[0]?.name ?? ""));
  return {
    refusals: [
      ...said.refusals,
      ...present([judgeNeed(need), askable, judgeBump(facts, bumpPlaces(context))]),
    ],
    notes: [...said.notes, needNote(need)],
  };
}

/** Whether the snapshot is of this cluster, and of an etcd that this cluster's can follow. */
export function judgeSource(
  context: Pick<ActContext, "id" | "request" | "substrate">,
  cluster: ClusterFacts,
  server: string | undefined,
  kubernetesVersions: readonly string[] = [],
): Said {
  const { snapshot, allowVersion: allowed, allowKubernetesVersion } = context.request;
  // What a restore put aside on these volumes is of this cluster.
  if (snapshot === undefined) return { refusals: [], notes: [] };
  const identity = identityFacts(context, cluster);
  const version = { snapshot: snapshot.etcdVersion, server, allowed };
  const kubernetes = {
    snapshot: snapshot.kubernetesVersion,
    servers: kubernetesVersions,
    allowed: allowKubernetesVersion,
  };
  const unlike = judgeKubernetes(kubernetes);
  const refusals = present([judgeIdentity(identity), judgeVersion(version), unlike]);
  const versionSaid = judgeVersion(version) === undefined ? versionNote(version) : undefined;
  const kubernetesSaid = unlike === undefined ? kubernetesNote(kubernetes) : undefined;
  return { refusals, notes: present([identityNote(identity), versionSaid, kubernetesSaid]) };
}
