import { CLUSTER_SCOPED, type Form, type Kind, ObjectIdentities } from "./kubernetes/objectIdentity";
import { KubeSystem } from "./kubeSystem";
import { join, type KeyRecord } from "./mvcc/keyRecord";
import { Field, LiveIndex } from "./mvcc/liveIndex";
import { ValueHash } from "./mvcc/valueHash";

/** A tombstone's entry in the index has this kind. */
export const DELETED = -1;

const NOTHING = Buffer.alloc(0);

/** Gathers the newest record of every key with its kind and namespace, as a visitor of a scan. */
export class ObjectCensus {
  readonly identities = new ObjectIdentities();
  readonly index = new LiveIndex();
  /** Records in the file: every revision of every key that it still holds. */
  records = 0;
  tombstones = 0;
  private readonly valueHash = new ValueHash();
  private readonly kubeSystem = new KubeSystem();
  private highestHigh = 0;
  private highestLow = 0;

  /**
   * @param isForComparison with another snapshot: keep a hash of each value that has no twin, and do not look what the
   * values are, but for that of the namespace kube-system. Kinds and namespaces say nothing then.
   */
  constructor(private readonly isForComparison = false) {
    // every key is of this kind, number 0
    if (isForComparison) this.identities.identify(NOTHING, 0, 0, 0, 0);
  }

  /** Revision of the newest record; 0n without any. */
  get revision(): bigint {
    return join(this.highestHigh, this.highestLow);
  }

  /** uid of the namespace `kube-system`, which stands for the identity of a cluster; undefined when it is deleted. */
  get kubeSystemUid(): string | undefined {
    return this.kubeSystem.uid((entry) => isNamespace(this.kinds[this.index.get(entry, Field.kind)]));
  }

  /** The visitor of a scan. */
  readonly visit = (record: KeyRecord, page: number, element: number): void => {
    const { mainHigh, mainLow } = record;
    if (mainHigh > this.highestHigh || (mainHigh === this.highestHigh && mainLow > this.highestLow)) {
      this.highestHigh = mainHigh;
      this.highestLow = mainLow;
    }
    if (record.isMarker) return;
    this.records++;
    const entry = this.index.put(record, page, element);
    if (record.isTombstone) this.tombstones++;
    if (entry < 0) return;
    if (this.isForComparison) this.noteValue(record, entry);
    if (record.isTombstone) this.index.identify(entry, DELETED, CLUSTER_SCOPED);
    else if (this.isForComparison && !KubeSystem.isKey(record)) this.index.identify(entry, 0, CLUSTER_SCOPED);
    else this.identify(record, entry);
  };

  /** A hash of (0, 0) says that there is none: the value's bytes are those of its twin, or have to be read. */
  private noteValue(record: KeyRecord, entry: number): void {
    if (record.hasTwin) {
      this.index.setValue(entry, 0, 0);
      return;
    }
    this.valueHash.update(record);
    this.index.setValue(entry, this.valueHash.first, this.valueHash.second || 1);
  }

  private identify(record: KeyRecord, entry: number): void {
    const { identities } = this;
    identities.identify(record.bytes, record.keyStart, record.keyEnd, record.valueStart, record.valueEnd);
    this.index.identify(entry, identities.kind, identities.namespace);
    if (isNamespace(this.kinds[identities.kind])) this.noteNamespace(record, entry);
  }

  get kinds(): readonly Kind[] {
    return this.identities.kinds;
  }

  /** Calls `visit` for every key that exists at the snapshot's revision. */
  forEachLive(visit: (entry: number, kind: Kind) => void): void {
    for (let entry = 0; entry < this.index.size; entry++) {
      const kind = this.kinds[this.index.get(entry, Field.kind)];
      if (kind !== undefined) visit(entry, kind);
    }
  }

  /** Whether the value is an object of Kubernetes whose kind is known. */
  static isObject(form: Form): boolean {
    return form !== "other" && form !== "unreadable";
  }

  private noteNamespace(record: KeyRecord, entry: number): void {
    const { name, uid } = this.identities.details(record.bytes);
    const key = record.bytes.toString("utf8", record.keyStart, record.keyEnd);
    const isIt = name === "kube-system" && !(KubeSystem.isKey(record) && this.identities.isTwofold());
    this.kubeSystem.note(key, entry, isIt ? uid : undefined);
  }
}

function isNamespace(kind: Kind | undefined): boolean {
  return kind?.kind === "Namespace" && kind.apiVersion === "v1";
}
