import type { Database } from "../bolt/database";
import { type FaultLog, quote } from "../bolt/faultLog";
import { highest } from "../revision";
import { ALARM, bootFault } from "./bootRecords";
import { SmallBucket } from "./smallBucket";
import { readMessage } from "./wireMessage";

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

/** Buckets without which a bbolt file is not etcd's: a restore makes all others anew, and panics without these. */
const REQUIRED_BUCKETS = ["key", "meta"];
const AUTH_ENABLED = Buffer.of(1);
const ALARM_NAMES: Readonly<Record<number, string>> = { 1: "NOSPACE", 2: "CORRUPT" };

/** The first bucket that is missing, or undefined. */
export function missingBucket(database: Database): string | undefined {
  return REQUIRED_BUCKETS.find((name) => !database.buckets.has(name));
}

/** Reads every bucket but `key`. What cannot be read is noted in `content`. */
export function readEtcdState(database: Database, content: FaultLog): EtcdState {
  const meta = readAll(database, "meta", content);
  const cluster = readAll(database, "cluster", content);
  const auth = readAll(database, "auth", content);
  const text = (from: Map<string, Buffer>, key: string) => from.get(key)?.toString("utf8") ?? null;
  const compactions = ["finishedCompactRev", "scheduledCompactRev"].map((key) => readRevision(meta.get(key)));
  const state: EtcdState = {
    members: readMembers(database, content),
    alarms: [...readAll(database, "alarm", content).keys()].map((key) =>
      readAlarm(Buffer.from(key, "latin1")),
    ),
    versions: {
      cluster: text(cluster, "clusterVersion"),
      storage: text(meta, "storageVersion"),
      downgrade: text(cluster, "downgrade"),
    },
    leases: count(database, "lease", content),
    auth: {
      enabled: auth.get("authEnabled")?.equals(AUTH_ENABLED) === true,
      users: count(database, "authUsers", content),
      roles: count(database, "authRoles", content),
    },
    consistentIndex: readUint64BE(meta.get("consistent_index")),
    compactedRevision: highest(compactions),
  };
  walkRest(database, content);
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

/** Buckets that nothing is read from (`members_removed`, and those of other versions) are walked as well. */
function walkRest(database: Database, content: FaultLog): void {
  for (const { name } of database.buckets.values()) {
    if (!KNOWN_BUCKETS.has(name)) visit(database, name, content, () => undefined);
  }
}

/** Visits a bucket, if it is there, and notes what etcd would die of. Once a bucket: its pages are claimed. */
function visit(
  database: Database,
  name: string,
  content: FaultLog,
  visitor: (key: Buffer, value: Buffer) => void,
): void {
  const bucket = database.buckets.get(name);
  if (bucket === undefined) return;
  database.visit(bucket, (key, value) => {
    const fault = bootFault(name, key, value);
    if (fault !== undefined) content.add(`the bucket "${name}"`, fault);
    visitor(key, value);
  });
}

/** A small bucket as a map. Keys are latin1, which keeps every byte. */
function readAll(database: Database, name: string, content: FaultLog): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const bounds = new SmallBucket(name, content);
  visit(database, name, content, (key, value) => {
    if (bounds.admits(key, value)) found.set(key.toString("latin1"), Buffer.from(value));
  });
  return found;
}

function count(database: Database, name: string, content: FaultLog): number {
  let entries = 0;
  visit(database, name, content, () => entries++);
  return entries;
}

/** The bucket `members`: the id in hexadecimal, to JSON {id, peerURLs, name, clientURLs, isLearner} (`membership.Member`). */
function readMembers(database: Database, content: FaultLog): Member[] {
  const members: Member[] = [];
  for (const [id, value] of readAll(database, "members", content)) {
    const member = parseObject(value);
    if (member === undefined) {
      content.add('the bucket "members"', `holds the member ${quote(id)} as no JSON object`);
      continue;
    }
    const urls = (field: unknown) =>
      Array.isArray(field) ? field.filter((url): url is string => typeof url === "string") : [];
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

/** The key of the bucket `alarm` is an {@link ALARM}; what cannot be read is a fault noted elsewhere. */
function readAlarm(key: Buffer): Alarm {
  const fields = readMessage(key, ALARM);
  const type = Number(fields?.get(2) ?? 0n);
  return { memberId: (fields?.get(1) ?? 0n).toString(16), alarm: ALARM_NAMES[type] ?? String(type) };
}

/** `finishedCompactRev` and its sibling: a revision in the form of the keys of the bucket `key`. */
function readRevision(value: Buffer | undefined): bigint {
  return value !== undefined && value.length >= 8 ? value.readBigUInt64BE(0) : 0n;
}

function readUint64BE(value: Buffer | undefined): bigint {
  return value?.length === 8 ? value.readBigUInt64BE(0) : 0n;
}
