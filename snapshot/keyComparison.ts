import { isChurn } from "./churn";
import type { Change, DiffItem } from "./diff";
import { ObjectIdentities } from "./kubernetes/objectIdentity";
import { parseRegistryKey } from "./kubernetes/registryKey";
import { join } from "./mvcc/keyRecord";
import { Field } from "./mvcc/liveIndex";
import { nameRecord, type ObjectName } from "./objectName";
import { type ReadOptions, ReadSnapshot, readSnapshot } from "./readSnapshot";
import type { Progress } from "./scan";
import type { Problem } from "./verdict";

/** Keys of a running etcd, each with the revision at which it was last written. */
export type LiveKeys = ReadonlyMap<string, bigint>;

/** One object that differs; `removed` is in the running etcd alone, `added` in the snapshot alone. */
export type ReplacedObject = Pick<DiffItem, "change" | "kind" | "namespace" | "name">;

/** What would change in a running etcd that becomes a snapshot. */
export interface KeyComparison {
  readonly valid: true;
  readonly items: readonly ReplacedObject[];
  /** How many keys differ of what is written all the time (see `isChurn`). */
  readonly churn: number;
}

export type KeyComparisonVerdict = KeyComparison | { readonly valid: false; readonly problem: Problem };

/**
 * Compares keys, without their values: a key in both is equal when both say that it was last written at the same
 * revision. Revisions of one cluster are never given twice, also not after a restore that bumps them.
 */
export function* keyComparisonSteps(
  live: LiveKeys,
  path: string,
  options: ReadOptions = {},
): Generator<Progress, KeyComparisonVerdict> {
  const read = yield* readSnapshot(path, options);
  if (!(read instanceof ReadSnapshot)) return { valid: false, problem: read };
  try {
    const compared = new KeyComparer(live, read).run();
    read.checkUnchanged();
    return compared;
  } finally {
    read.close();
  }
}

class KeyComparer {
  private readonly items: ReplacedObject[] = [];
  private readonly identities = new ObjectIdentities();
  /** Kinds by how a key has them: a custom resource's key has its plural alone. */
  private readonly kinds = new Map<string, string>();
  private churn = 0;

  constructor(
    private readonly live: LiveKeys,
    private readonly read: ReadSnapshot,
  ) {}

  run(): KeyComparison {
    const { index } = this.read.census;
    const met = new Set<string>();
    this.read.census.forEachLive((entry) => {
      const name = this.nameOf(entry);
      this.kinds.set(parseRegistryKey(name.key).kind, name.kind);
      const revision = this.live.get(name.key);
      met.add(name.key);
      if (revision === undefined) this.note("added", name);
      else if (revision !== join(index.get(entry, Field.mainHigh), index.get(entry, Field.mainLow)))
        this.note("changed", name);
    });
    for (const key of this.live.keys()) if (!met.has(key)) this.note("removed", this.nameOfKey(key));
    return { valid: true, items: this.items, churn: this.churn };
  }

  private nameOf(entry: number): ObjectName {
    const { index } = this.read.census;
    const record = this.read.record(index.get(entry, Field.page), index.get(entry, Field.element));
    return nameRecord(record, this.identities);
  }

  private nameOfKey(key: string): ObjectName {
    const { kind: fromKey, namespace = "", name } = parseRegistryKey(key);
    const kind = this.kinds.get(fromKey) ?? fromKey;
    return { key, kind, apiVersion: "", namespace, name: kind === "" ? key : (name ?? key) };
  }

  private note(change: Change, object: ObjectName): void {
    if (isChurn(object)) {
      this.churn++;
      return;
    }
    const { kind, namespace, name } = object;
    this.items.push({ change, kind, namespace, name });
  }
}
