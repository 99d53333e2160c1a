import type { Database } from "../bolt/database";
import type { FaultLog } from "../bolt/faultLog";
import { highest } from "../revision";

/** A member of the cluster that the snapshot was taken from. Ids are hexadecimal, as etcdctl prints them. */
export interface Member {
  readonly id: string;
  /** Empty for a member that was added and has not started yet. */
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
}

/** An alarm travels inside the snapshot: restored with NOSPACE, a cluster is read-only though it says healthy. */
export interface Alarm {
  readonly memberId: string;
  /** `NOSPACE`, `CORRUPT`, or the number of an alarm that this program does not know. */
  readonly alarm: string;
}

/** Everything in an etcd backend but the keys: the buckets of `server/storage/schema/bucket.go`. */
export interface EtcdState {
  readonly members: readonly Member[];
  readonly alarms: readonly Alarm[];
  readonly versions: {
    /** Version that all members of the cluster spoke, from the bucket `cluster`, such as `3.6.0`. */
    readonly cluster: string | null;
    /** Version of the storage layout, from the bucket `meta`; kept by etcd from 3.6 on. */
    readonly storage: string | null;
    /** A downgrade that was under way, as etcd stores it. */
    readonly downgrade: string | null;
  };
  readonly leases: number;
  readonly auth: { readonly enabled: boolean; readonly users: number; readonly roles: number };
  /** Index of the last raft entry applied; 0 when not kept. */
  readonly consistentIndex: bigint;
  /** Highest revision whose compaction was begun or finished; 0 when never compacted. */
  readonly compactedRevision: bigint;
}

/** Buckets without which a bbolt file is not etcd's. */
const REQUIRED_BUCKETS = ["key"];
const ALARM_NAMES: Readonly<Record<number, string>> = { 1: "NOSPACE", 2: "CORRUPT" };

/** The first bucket that is missing, or undefined. */
export function missingBucket(database: Database): string | undefined {
  return REQUIRED_BUCKETS.find((name) => !database.buckets.has(name));
}

/** Reads every bucket but `key`. What cannot be read is noted in `content`. */
export function readEtcdState(database: Database, content: FaultLog): EtcdState {
  const meta = readAll(database, "meta");
  const cluster = readAll(database, "cluster");
  const auth = readAll(database, "auth");
  const text = (from: Map<string, Buffer>, key: string) => from.get(key)?.toString("utf8") ?? null;
  const compactions = ["finishedCompactRev", "scheduledCompactRev"].map((key) => readRevision(meta.get(key)));
  const state: EtcdState = {
    members: readMembers(database, content),
    alarms: [...readAll(database, "alarm").keys()].map((key) => readAlarm(Buffer.from(key, "latin1"))),
    versions: {
      cluster: text(cluster, "clusterVersion"),
      storage: text(meta, "storageVersion"),
      downgrade: text(cluster, "downgrade"),
    },
    leases: count(database, "lease"),
    auth: {
      enabled: auth.get("authEnabled")?.[0] === 1,
      users: count(database, "authUsers"),
      roles: count(database, "authRoles"),
    },
    consistentIndex: readUint64BE(meta.get("consistent_index")),
    compactedRevision: highest(compactions),
  };
  walkUnknown(database);
  return state;
}

const KNOWN_BUCKETS = new Set([
  "key",
  "meta",
  "cluster",
  "auth",
  "alarm",
  "lease",
  "authUsers",
  "authRoles",
  "members",
]);

/** Buckets of other versions (`members_removed`, ...) are walked for their structure alone. */
function walkUnknown(database: Database): void {
  for (const bucket of database.buckets.values()) {
    if (!KNOWN_BUCKETS.has(bucket.name)) database.visit(bucket, () => {});
  }
}

/** A small bucket as a map. Keys are latin1, which keeps every byte. */
function readAll(database: Database, name: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const bucket = database.buckets.get(name);
  if (bucket !== undefined)
    database.visit(bucket, (key, value) => found.set(key.toString("latin1"), Buffer.from(value)));
  return found;
}

function count(database: Database, name: string): number {
  let entries = 0;
  const bucket = database.buckets.get(name);
  if (bucket !== undefined) database.visit(bucket, () => entries++);
  return entries;
}

/** The bucket `members`: the id in hexadecimal, to JSON {id, peerURLs, name, clientURLs, isLearner} (`membership.Member`). */
function readMembers(database: Database, content: FaultLog): Member[] {
  const members: Member[] = [];
  for (const [id, value] of readAll(database, "members")) {
    const member = parseObject(value);
    if (member === undefined) {
      content.add(database.buckets.get("members")?.root ?? 0, `holds the member ${id} as no JSON object`);
      continue;
    }
    const urls = (field: unknown) => (Array.isArray(field) ? field.map(String) : []);
    members.push({
      id,
      name: typeof member.name === "string" ? member.name : "",
      peerURLs: urls(member.peerURLs),
      clientURLs: urls(member.clientURLs),
      isLearner: member.isLearner === true,
    });
  }
  return members;
}

function parseObject(value: Buffer): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(value.toString("utf8"));
    return parsed !== null && typeof parsed === "object" ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The key of the bucket `alarm` is `etcdserverpb.AlarmMember` {1 memberID, 2 alarm}, both varints. */
function readAlarm(key: Buffer): Alarm {
  const fields = new Map<number, bigint>();
  for (let at = 0; at < key.length; ) {
    const field = (key[at++] ?? 0) >> 3;
    let value = 0n;
    for (let shift = 0n; at < key.length && shift < 70n; shift += 7n) {
      const byte = key[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    fields.set(field, value);
  }
  const type = Number(fields.get(2) ?? 0n);
  return { memberId: (fields.get(1) ?? 0n).toString(16), alarm: ALARM_NAMES[type] ?? String(type) };
}

/** `finishedCompactRev` and its sibling: a revision in the form of the keys of the bucket `key`. */
function readRevision(value: Buffer | undefined): bigint {
  return value !== undefined && value.length >= 8 ? value.readBigUInt64BE(0) : 0n;
}

function readUint64BE(value: Buffer | undefined): bigint {
  return value?.length === 8 ? value.readBigUInt64BE(0) : 0n;
}
