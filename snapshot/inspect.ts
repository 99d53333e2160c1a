import type { RankedKey, ValidInspection, Verdict } from "./inspection";
import type { Encryption } from "./kubernetes/encryption";
import type { Layout } from "./layout";
import { Field } from "./mvcc/liveIndex";
import { ObjectCensus } from "./objectCensus";
import { nameRecord } from "./objectName";
import { type ReadOptions, ReadSnapshot, readSnapshot } from "./readSnapshot";
import { highest } from "./revision";
import type { Progress, Scan } from "./scan";
import type { Warning } from "./verdict";

const RANKED = 10;

/** Verifies and counts one snapshot; yields its progress. */
export function* inspectSteps(path: string, options: ReadOptions = {}): Generator<Progress, Verdict> {
  const read = yield* readSnapshot(path, options);
  if (!(read instanceof ReadSnapshot)) return { valid: false, problem: read };
  try {
    return summarize(read);
  } finally {
    read.close();
  }
}

function summarize(read: ReadSnapshot): ValidInspection {
  const { layout, census, scanned } = read;
  const { file, packed } = read.opened;
  const { compactedRevision, ...etcd } = scanned.etcd;
  return {
    valid: true,
    sizeBytes: file.size,
    ...(packed === undefined ? {} : { packed }),
    sha256: scanned.sha256,
    contentSha256: scanned.contentSha256,
    hashed: layout.hasDigest,
    // an empty etcd is at revision 1; after a compaction of everything the compacted revision is the current one
    revision: highest([1n, compactedRevision, census.revision]),
    compactedRevision,
    ...countObjects(census),
    revisions: census.records,
    leases: etcd.leases,
    members: etcd.members,
    alarms: etcd.alarms,
    versions: { cluster: etcd.versions.cluster, storage: etcd.versions.storage },
    identity: { kubeSystemUid: census.kubeSystemUid ?? null },
    encryption: encryptionIn(census),
    largest: rank(read, (entry) => census.index.get(entry, Field.valueBytes), 0),
    churn: rank(read, (entry) => census.index.get(entry, Field.records), 1),
    pages: { size: layout.meta.pageSize, total: layout.meta.highWater, free: scanned.freePages },
    warnings: warningsOf(layout, scanned),
  };
}

function countObjects(census: ObjectCensus) {
  const byKind = new Map<string, number>();
  const byNamespace = new Map<number, number>();
  let keys = 0;
  let otherKeys = 0;
  census.forEachLive((entry, { kind, form }) => {
    keys++;
    if (!ObjectCensus.isObject(form)) return void otherKeys++;
    byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
    const namespace = census.index.get(entry, Field.namespace);
    byNamespace.set(namespace, (byNamespace.get(namespace) ?? 0) + 1);
  });
  const namespaces = [...byNamespace].map(([id, n]): [string, number] => [
    census.identities.namespaces.text(id),
    n,
  ]);
  const inNamespaces = namespaces.filter(([name]) => name !== "");
  return { keys, otherKeys, census: sorted([...byKind]), namespaces: sorted(inNamespaces) };
}

function sorted(counts: [string, number][]): Record<string, number> {
  return Object.fromEntries(counts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Providers and keys of live values, in order of first occurrence. */
function encryptionIn(census: ObjectCensus): Encryption[] {
  const found = new Map<string, Encryption>();
  census.forEachLive((_, { encryption }) => {
    if (encryption !== undefined) found.set(`${encryption.provider}:${encryption.keyName}`, encryption);
  });
  return [...found.values()];
}

/** The live keys with the highest measure above `floor`, highest first. */
function rank(read: ReadSnapshot, measure: (entry: number) => number, floor: number): RankedKey[] {
  const { index } = read.census;
  const top: { entry: number; measure: number }[] = [];
  read.census.forEachLive((entry) => {
    const measured = measure(entry);
    if (measured <= floor || (top.length === RANKED && measured <= (top[RANKED - 1]?.measure ?? 0))) return;
    top.push({ entry, measure: measured });
    top.sort((a, b) => b.measure - a.measure);
    top.length = Math.min(top.length, RANKED);
  });
  return top.map(({ entry }) => {
    const record = read.record(index.get(entry, Field.page), index.get(entry, Field.element));
    const { apiVersion: _, ...name } = nameRecord(record);
    return { ...name, bytes: index.get(entry, Field.valueBytes), revisions: index.get(entry, Field.records) };
  });
}

function warningsOf(layout: Layout, { etcd }: Scan): Warning[] {
  const warnings: Warning[] = [];
  if (!layout.hasDigest) {
    warnings.push({
      code: "unhashed",
      message: "No digest: nothing proves these bytes; writes only in the WAL are missing.",
    });
  }
  if (layout.lostMeta !== undefined) {
    const { txid } = layout.meta;
    const message = `${sentence(layout.lostMeta)}: the file is read as of transaction ${txid}, which may be one older than its last. etcd does the same, and says nothing.`;
    warnings.push({ code: "older-transaction", message });
  }
  for (const { alarm, memberId } of etcd.alarms) {
    const message = `The alarm ${alarm} of member ${memberId} is in the snapshot: a restored cluster is read-only until it is disarmed.`;
    warnings.push({ code: "alarm", message });
  }
  if (etcd.auth.enabled) {
    warnings.push({
      code: "auth",
      message: "etcd's own authentication is on in this snapshot: clients need a user after a restore.",
    });
  }
  if (etcd.versions.downgrade?.includes('"enabled":true') === true) {
    warnings.push({
      code: "downgrade",
      message: "A downgrade of etcd was under way when the snapshot was taken.",
    });
  }
  return warnings;
}

/** With a capital letter. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
