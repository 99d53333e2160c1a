import type { RankedKey, ValidInspection, Verdict } from "./inspection";
import { describeEncryption, type Encryption } from "./kubernetes/encryption";
import { Interner } from "./kubernetes/interner";
import { OTHERS } from "./kubernetes/objectIdentity";
import type { Layout } from "./layout";
import { Field } from "./mvcc/liveIndex";
import { ObjectCensus } from "./objectCensus";
import { nameRecord } from "./objectName";
import { printable } from "./printable";
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
    const found = summarize(read);
    read.checkUnchanged();
    return found;
  } finally {
    read.close();
  }
}

/** What is said of a snapshot that was read whole. */
export function summarize(read: ReadSnapshot): ValidInspection {
  const { layout, census, scanned } = read;
  const { file, packed } = read.opened;
  const { compactedRevision, ...etcd } = scanned.etcd;
  const objects = countObjects(census);
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
    ...objects,
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
    warnings: [
      ...archiveWarning(packed?.member),
      ...warningsOf(layout, scanned),
      ...unreadableWarning(objects.unreadable),
    ],
  };
}

function countObjects(census: ObjectCensus) {
  const byKind = new Map<string, number>();
  const unreadable = new Map<string, number>();
  const byNamespace = new Map<number, number>();
  let keys = 0;
  let otherKeys = 0;
  census.forEachLive((entry, { kind, form, resource = "" }) => {
    keys++;
    if (form === "unreadable") return add(unreadable, resource);
    if (!ObjectCensus.isObject(form)) return void otherKeys++;
    add(byKind, kind);
    add(byNamespace, census.index.get(entry, Field.namespace));
  });
  const { namespaces } = census.identities;
  const inNamespaces = [...byNamespace]
    .map(([id, n]): [string, number] => [id === Interner.REFUSED ? OTHERS : namespaces.text(id), n])
    .filter(([name]) => name !== "");
  return {
    keys,
    otherKeys,
    unreadable: sorted([...unreadable]),
    census: sorted([...byKind]),
    namespaces: sorted(inNamespaces),
  };
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted(counts: [string, number][]): Record<string, number> {
  return Object.fromEntries(counts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Providers and keys of live values, in order of first occurrence. */
function encryptionIn(census: ObjectCensus): Encryption[] {
  const found = new Map<string, Encryption>();
  census.forEachLive((_, { encryption }) => {
    if (encryption !== undefined) found.set(describeEncryption(encryption), encryption);
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

function archiveWarning(member: string | undefined): Warning[] {
  if (member === undefined) return [];
  const message =
    "It is a member of an archive: gkectl restores that cluster, with keys that are not looked at here.";
  return [{ code: "archive", message }];
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
    const message = `The alarm ${alarm} of member ${memberId} is in the snapshot: ${alarmEffect(alarm)}.`;
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

/** What a restored etcd makes of an alarm (`restoreAlarms` of its server). */
function alarmEffect(alarm: string): string {
  if (alarm === "NOSPACE") return "a restored cluster is read-only until it is disarmed";
  if (alarm === "CORRUPT") return "a restored cluster reads and writes nothing until it is disarmed";
  return "this program does not know it, nor what a restored cluster makes of it";
}

/** With a capital letter. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

const NAMED = 5;

/** Objects that the API server could not read either: it fails to list their whole resource. */
function unreadableWarning(unreadable: Readonly<Record<string, number>>): Warning[] {
  const resources = Object.entries(unreadable).sort(([, a], [, b]) => b - a);
  if (resources.length === 0) return [];
  const total = resources.reduce((sum, [, count]) => sum + count, 0);
  const named = resources.slice(0, NAMED).map(([resource, count]) => `${count} of ${printable(resource)}`);
  const more = resources.length > NAMED ? `, and others of ${resources.length - NAMED} more resources` : "";
  const message = `${total === 1 ? "1 object" : `${total} objects`} cannot be read: ${named.join(", ")}${more}.`;
  return [{ code: "unreadable", message }];
}
