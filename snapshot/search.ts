import { decodeValue } from "./kubernetes/objectDecoder";
import { ObjectIdentities } from "./kubernetes/objectIdentity";
import type { KeyRecord } from "./mvcc/keyRecord";
import { Field } from "./mvcc/liveIndex";
import { nameRecord, type ObjectName } from "./objectName";
import { type ReadOptions, ReadSnapshot, readSnapshot } from "./readSnapshot";
import type { Progress } from "./scan";
import type { Problem } from "./verdict";

/** An object that a search found. */
export interface SearchHit extends ObjectName {
  /** Revision at which it was last written. */
  readonly revision: bigint;
  /** Time of the last write that the object itself tells (RFC 3339), or null when it does not or cannot be read. */
  readonly lastChanged: string | null;
}

export type SearchVerdict =
  | { readonly valid: true; readonly hits: readonly SearchHit[] }
  | { readonly valid: false; readonly problem: Problem };

/**
 * Finds the objects that exist in a snapshot and match a query: each of its words must occur in the kind or in the
 * key (`/registry/<resource>/<namespace>/<name>`), any letter case; `*` stands for anything.
 */
export function* searchSteps(
  path: string,
  query: string,
  options: ReadOptions = {},
): Generator<Progress, SearchVerdict> {
  const words = query
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(pattern);
  const read = yield* readSnapshot(path, options);
  if (!(read instanceof ReadSnapshot)) return { valid: false, problem: read };
  try {
    return { valid: true, hits: findHits(read, words).sort((a, b) => (a.key < b.key ? -1 : 1)) };
  } finally {
    read.close();
  }
}

function pattern(word: string): RegExp {
  return new RegExp(
    word
      .split("*")
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*"),
    "i",
  );
}

function findHits(read: ReadSnapshot, words: readonly RegExp[]): SearchHit[] {
  const { index } = read.census;
  const hits: SearchHit[] = [];
  const identities = new ObjectIdentities();
  read.census.forEachLive((entry, { kind }) => {
    const record = read.record(index.get(entry, Field.page), index.get(entry, Field.element));
    const key = record.bytes.toString("utf8", record.keyStart, record.keyEnd);
    if (!words.every((word) => word.test(key) || word.test(kind))) return;
    hits.push({ ...nameRecord(record, identities), revision: record.main, lastChanged: lastChanged(record) });
  });
  return hits;
}

/** The latest time among creation and managed fields. */
function lastChanged(record: KeyRecord): string | null {
  const metadata = decodeValue(record).object?.metadata as Metadata | undefined;
  const times = [metadata?.creationTimestamp, ...(metadata?.managedFields ?? []).map(({ time }) => time)];
  const known = times.filter((time): time is string => typeof time === "string");
  return known.sort().at(-1) ?? null;
}

interface Metadata {
  readonly creationTimestamp?: unknown;
  readonly managedFields?: readonly { readonly time?: unknown }[];
}
