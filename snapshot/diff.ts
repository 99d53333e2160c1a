import { changedFields, LISTED_FIELDS } from "./changedFields";
import { isChurn } from "./churn";
import { isOfKind } from "./kindName";
import { type DecodedValue, decodeValue } from "./kubernetes/objectDecoder";
import { ObjectIdentities } from "./kubernetes/objectIdentity";
import type { KeyRecord } from "./mvcc/keyRecord";
import { Field, type LiveIndex } from "./mvcc/liveIndex";
import { DELETED } from "./objectCensus";
import { nameRecord, type ObjectName } from "./objectName";
import { readBoth } from "./readBoth";
import type { ReadOptions, ReadSnapshot } from "./readSnapshot";
import type { Progress } from "./scan";
import type { Problem } from "./verdict";

export type Change = "added" | "removed" | "changed";

/** What to compare, beside how to read. */
export interface DiffOptions extends ReadOptions {
  /** Compare snapshots of different clusters too. Default false: refused. */
  readonly allowDifferentClusters?: boolean;
  /** Only objects of this kind, as {@link isOfKind} takes it. */
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** List events, leases and other churn among the items. Default: only when `kind` asks for one of them. */
  readonly withChurn?: boolean;
}

/** One object that differs. */
export interface DiffItem {
  readonly change: Change;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** As stored in etcd. */
  readonly key: string;
  /** For `changed`, where the value can be decoded: paths of the fields that differ, at most 50. */
  readonly fields?: readonly string[];
}

/** How many objects differ. */
export type ChangeCounts = Record<Change, number>;

/** What changed from one snapshot to another. The counts are those of `items`. */
export interface SnapshotDiff extends ChangeCounts {
  readonly valid: true;
  /** By change, kind, namespace and name. */
  readonly items: readonly DiffItem[];
  /** Counts of what is classed apart (see `isChurn`), by kind; `other` are the API servers' own keys. */
  readonly churn: Readonly<Record<string, ChangeCounts>>;
}

export type DiffVerdict = SnapshotDiff | { readonly valid: false; readonly problem: Problem };

/** Compares two snapshots by the values of their keys; yields the progress of reading both. */
export function* diffSteps(
  before: string,
  after: string,
  options: DiffOptions = {},
): Generator<Progress, DiffVerdict> {
  const both = yield* readBoth(before, after, options);
  if ("code" in both) return { valid: false, problem: both };
  const [first, second] = both;
  try {
    const problem = options.allowDifferentClusters === true ? undefined : clusterProblem(first, second);
    if (problem !== undefined) return { valid: false, problem };
    const compared = new Comparison(first, second, options).run();
    for (const read of both) read.checkUnchanged();
    return compared;
  } finally {
    for (const read of both) read.close();
  }
}

function clusterProblem(first: ReadSnapshot, second: ReadSnapshot): Problem | undefined {
  const [a, b] = [first.census.kubeSystemUid, second.census.kubeSystemUid];
  if (a === b) return undefined;
  const uid = (found: string | undefined) => found ?? "none";
  const message = `${second.opened.file.path}: is of another cluster than ${first.opened.file.path}: uid of kube-system ${uid(b)}, not ${uid(a)}.`;
  return {
    code: "different-clusters",
    message,
    remedy: "Compare them all the same with --allow-different-clusters.",
  };
}

const HASH_FIELDS = [Field.value1, Field.value2];
const REVISION_FIELDS = [Field.mainHigh, Field.mainLow, Field.sub];
const PLACE_FIELDS = [Field.page, Field.element];

class Comparison {
  private readonly items: DiffItem[] = [];
  private readonly churn = new Map<string, ChangeCounts>();
  private readonly identities = new ObjectIdentities();
  private readonly isOneCluster: boolean;

  constructor(
    private readonly before: ReadSnapshot,
    private readonly after: ReadSnapshot,
    private readonly options: DiffOptions,
  ) {
    this.isOneCluster = clusterProblem(before, after) === undefined;
  }

  run(): SnapshotDiff {
    const { before, after } = this;
    const met = new Uint8Array(after.census.index.size);
    before.census.forEachLive((entry) => {
      const other = after.census.index.find(before.census.index, entry);
      if (!isLive(after, other)) {
        this.note("removed", recordOf(before, entry));
        return;
      }
      met[other] = 1;
      if (!this.isEqual(entry, other)) this.note("changed", recordOf(after, other), recordOf(before, entry));
    });
    after.census.forEachLive((entry) => {
      if (met[entry] === 0) this.note("added", recordOf(after, entry));
    });
    const items = this.items.sort(byName);
    const count = (change: Change) => items.filter((item) => item.change === change).length;
    const churn = Object.fromEntries(this.churn);
    return {
      valid: true,
      added: count("added"),
      removed: count("removed"),
      changed: count("changed"),
      items,
      churn,
    };
  }

  /**
   * The hash can be collided with by who means to, so that values of different revisions are compared themselves. Two
   * values without a hash were compared when they were read, if they lie in the same place (a page that two files have in
   * the same place has one number, so that both count alike).
   */
  private isEqual(entry: number, other: number): boolean {
    const [a, b] = [this.before.census.index, this.after.census.index];
    const isSame = (field: number) => a.get(entry, field) === b.get(other, field);
    if (!isSame(Field.valueBytes)) return false;
    const [isHashed, isOtherHashed] = [hasHash(a, entry), hasHash(b, other)];
    if (!isHashed && !isOtherHashed && PLACE_FIELDS.every(isSame)) return true;
    if (isHashed && isOtherHashed) {
      if (!HASH_FIELDS.every(isSame)) return false;
      if (REVISION_FIELDS.every(isSame) && this.isOneCluster) return true;
    }
    return valueBytes(recordOf(this.before, entry)).equals(valueBytes(recordOf(this.after, other)));
  }

  private note(change: Change, record: KeyRecord, previous?: KeyRecord): void {
    const name = nameRecord(record, this.identities);
    if (!this.isWanted(name)) return;
    if (isChurn(name) && this.options.withChurn !== true && this.options.kind === undefined) {
      this.countChurn(change, name.kind);
      return;
    }
    const { kind, namespace, key } = name;
    const fields = previous === undefined ? undefined : this.fieldsBetween(previous, record);
    this.items.push({
      change,
      kind,
      namespace,
      name: name.name,
      key,
      ...(fields === undefined ? {} : { fields }),
    });
  }

  private fieldsBetween(before: KeyRecord, after: KeyRecord): string[] | undefined {
    const [a, b] = [decodeValue(before, this.identities), decodeValue(after, this.identities)];
    if (a.object === undefined || b.object === undefined) return undefined;
    return [...changedFields(a.object, b.object), ...changedUnknown(a, b)].slice(0, LISTED_FIELDS);
  }

  private isWanted(found: ObjectName): boolean {
    const { kind, namespace, name } = this.options;
    if (kind !== undefined && !isOfKind(found, kind)) return false;
    return (
      (namespace === undefined || namespace === found.namespace) &&
      (name === undefined || name === found.name)
    );
  }

  private countChurn(change: Change, kind: string): void {
    const counts = this.churn.get(kind || "other") ?? { added: 0, removed: 0, changed: 0 };
    counts[change]++;
    this.churn.set(kind || "other", counts);
  }
}

function hasHash(index: LiveIndex, entry: number): boolean {
  return HASH_FIELDS.some((field) => index.get(entry, field) !== 0);
}

function valueBytes({ bytes, valueStart, valueEnd }: KeyRecord): Buffer {
  return bytes.subarray(valueStart, valueEnd);
}

/** Fields that this program does not know can differ as well, and are told apart by their bytes. */
function changedUnknown(a: DecodedValue, b: DecodedValue): string[] {
  const [before, after] = [a, b].map(({ unknownFields = [] }) => {
    return new Set(
      unknownFields.map(({ path, bytes }) => `${path}\n${Buffer.from(bytes).toString("base64")}`),
    );
  });
  const changed = [...(before ?? []), ...(after ?? [])].filter(
    (one) => !before?.has(one) || !after?.has(one),
  );
  return [...new Set(changed.map((one) => one.slice(0, one.indexOf("\n"))))];
}

function isLive({ census }: ReadSnapshot, entry: number): boolean {
  return entry >= 0 && census.index.get(entry, Field.kind) !== DELETED;
}

function recordOf(read: ReadSnapshot, entry: number): KeyRecord {
  const { index } = read.census;
  return read.record(index.get(entry, Field.page), index.get(entry, Field.element));
}

function byName(a: DiffItem, b: DiffItem): number {
  for (const field of ["change", "kind", "namespace", "name", "key"] as const) {
    if (a[field] !== b[field]) return a[field] < b[field] ? -1 : 1;
  }
  return 0;
}
