import { type OpenedSnapshot, openSnapshot } from "./file/openedSnapshot";
import type { RankedKey, ValidInspection, Verdict } from "./inspection";
import { ObjectIdentities } from "./kubernetes/objectIdentity";
import { parseRegistryKey } from "./kubernetes/registryKey";
import { type Layout, readLayout } from "./layout";
import { Field } from "./mvcc/liveIndex";
import { RecordReader } from "./mvcc/recordReader";
import { ObjectCensus } from "./objectCensus";
import { highest } from "./revision";
import { type Progress, type Scan, scan } from "./scan";
import type { Warning } from "./verdict";

/** How to read a snapshot. */
export interface ReadOptions {
  /**
   * Accept a file without a digest: a database copied from a data directory, or a snapshot whose digest was cut off.
   * Its structure is checked all the same. Default false.
   */
  readonly allowUnhashed?: boolean;
}

const RANKED = 10;

/** Verifies and counts one snapshot; yields its progress. */
export function* inspectSteps(path: string, options: ReadOptions = {}): Generator<Progress, Verdict> {
  const opened = yield* openSnapshot(path);
  if ("code" in opened) return { valid: false, problem: opened };
  const { file } = opened;
  try {
    const layout = readLayout(file, options.allowUnhashed === true);
    if ("code" in layout) return { valid: false, problem: layout };
    const census = new ObjectCensus();
    const scanned = yield* scan(file, layout, census.visit);
    if ("code" in scanned) return { valid: false, problem: scanned };
    return summarize(opened, layout, scanned, census);
  } finally {
    file.close();
  }
}

function summarize(
  { file, packed }: OpenedSnapshot,
  layout: Layout,
  scanned: Scan,
  census: ObjectCensus,
): ValidInspection {
  const { etcd } = scanned;
  const { compactedRevision } = etcd;
  const counts = countObjects(census);
  const reader = new RecordReader(file, layout.meta.pageSize, scanned.inlineKeys);
  return {
    valid: true,
    sizeBytes: file.size,
    ...(packed === undefined ? {} : { packed }),
    sha256: scanned.sha256,
    hashed: layout.hasDigest,
    // an empty etcd is at revision 1; after a compaction of everything the compacted revision is the current one
    revision: highest([1n, compactedRevision, census.revision]),
    compactedRevision,
    ...counts.totals,
    revisions: census.records,
    leases: etcd.leases,
    members: etcd.members,
    alarms: etcd.alarms,
    versions: { cluster: etcd.versions.cluster, storage: etcd.versions.storage },
    identity: { kubeSystemUid: census.kubeSystemUid ?? null },
    encryption: census.kinds.flatMap((kind) => kind.encryption ?? []).filter(isFirst),
    largest: rank(census, reader, (entry) => census.index.get(entry, Field.valueBytes), 0),
    churn: rank(census, reader, (entry) => census.index.get(entry, Field.records), 1),
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
  return {
    totals: {
      keys,
      otherKeys,
      census: sorted([...byKind]),
      namespaces: sorted(namespaces.filter(([name]) => name !== "")),
    },
  };
}

function sorted(counts: [string, number][]): Record<string, number> {
  return Object.fromEntries(counts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isFirst<T extends { provider: string; keyName: string }>(
  item: T,
  index: number,
  all: readonly T[],
): boolean {
  return (
    all.findIndex((other) => other.provider === item.provider && other.keyName === item.keyName) === index
  );
}

/** The live keys with the highest measure above `floor`, highest first. */
function rank(
  census: ObjectCensus,
  reader: RecordReader,
  measure: (entry: number) => number,
  floor: number,
): RankedKey[] {
  const top: { entry: number; measure: number }[] = [];
  census.forEachLive((entry) => {
    const measured = measure(entry);
    if (measured <= floor || (top.length === RANKED && measured <= (top[RANKED - 1]?.measure ?? 0))) return;
    top.push({ entry, measure: measured });
    top.sort((a, b) => b.measure - a.measure);
    top.length = Math.min(top.length, RANKED);
  });
  return top.map(({ entry }) => nameKey(census, reader, entry));
}

function nameKey(census: ObjectCensus, reader: RecordReader, entry: number): RankedKey {
  const { index } = census;
  const record = reader.read(index.get(entry, Field.page), index.get(entry, Field.element));
  const key = record.bytes.toString("utf8", record.keyStart, record.keyEnd);
  const identities = new ObjectIdentities();
  identities.identify(record.bytes, record.keyStart, record.keyEnd, record.valueStart, record.valueEnd);
  const kind = identities.kinds[identities.kind];
  const isObject = kind !== undefined && ObjectCensus.isObject(kind.form);
  const name = isObject ? (identities.details(record.bytes).name ?? parseRegistryKey(key).name) : undefined;
  return {
    key,
    kind: kind?.kind ?? "",
    namespace: identities.namespaces.text(identities.namespace),
    name: name ?? "",
    bytes: index.get(entry, Field.valueBytes),
    revisions: index.get(entry, Field.records),
  };
}

function warningsOf(layout: Layout, { etcd }: Scan): Warning[] {
  const warnings: Warning[] = [];
  if (!layout.hasDigest) {
    warnings.push({
      code: "unhashed",
      message: "No digest: nothing proves these bytes; writes only in the WAL are missing.",
    });
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
