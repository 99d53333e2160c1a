/** What is compared of a key: its value, and whether it has a lease. */
export interface StoredKey {
  /** SHA-256 of the value, base64. */
  readonly digest: string;
  /** Whether a lease is attached. Its id is new after a restart of whoever holds it, so it is not compared. */
  readonly leased: boolean;
}

/** All keys of an etcd at one revision. */
export type Keys = ReadonlyMap<string, StoredKey>;

/** In which way a key differs from the snapshot. */
export type Difference = "missing" | "extra" | "changed";

/** Keys that a control plane writes by itself, so that a difference says nothing about the restore. */
export interface RewrittenKeys {
  /** Matches the whole key. */
  readonly pattern: RegExp;
  /** The differences that are explained; any other one of the same key counts. */
  readonly differences: readonly Difference[];
  /** Who writes it, and when. */
  readonly why: string;
}

/** A comparison of two states, key by key. The lists are sorted. */
export interface KeyComparison {
  readonly keysBefore: number;
  readonly keysAfter: number;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  /** Same key, another value, or a lease that came or went. */
  readonly changed: readonly string[];
  /** Differences that {@link RewrittenKeys} explain. */
  readonly rewritten: readonly { readonly key: string; readonly difference: Difference }[];
}

/** Compares two states; differences that `rewritten` explains are listed apart. */
export function compareKeys(before: Keys, after: Keys, rewritten: readonly RewrittenKeys[]): KeyComparison {
  const found = [...differences(before, after)].sort((a, b) => (a.key < b.key ? -1 : 1));
  const isExplained = ({ key, difference }: (typeof found)[number]) =>
    rewritten.some((entry) => entry.differences.includes(difference) && entry.pattern.test(key));
  const counting = found.filter((entry) => !isExplained(entry));
  const keysThatAre = (kind: Difference) =>
    counting.filter(({ difference }) => difference === kind).map(({ key }) => key);
  return {
    keysBefore: before.size,
    keysAfter: after.size,
    missing: keysThatAre("missing"),
    extra: keysThatAre("extra"),
    changed: keysThatAre("changed"),
    rewritten: found.filter(isExplained),
  };
}

/** Whether nothing differs but what is explained. */
export function isEqual(comparison: KeyComparison): boolean {
  return comparison.missing.length + comparison.extra.length + comparison.changed.length === 0;
}

function* differences(before: Keys, after: Keys): Generator<{ key: string; difference: Difference }> {
  for (const [key, was] of before) {
    const is = after.get(key);
    if (is === undefined) yield { key, difference: "missing" };
    else if (is.digest !== was.digest || is.leased !== was.leased) yield { key, difference: "changed" };
  }
  for (const key of after.keys()) {
    if (!before.has(key)) yield { key, difference: "extra" };
  }
}
