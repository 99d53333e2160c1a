import { decodeValue } from "./kubernetes/objectDecoder";
import { ObjectIdentities } from "./kubernetes/objectIdentity";
import { KeyReader } from "./mvcc/keyReader";
import type { KeyRecord } from "./mvcc/keyRecord";
import { Field } from "./mvcc/liveIndex";
import { nameRecord, type ObjectName } from "./objectName";
import { type ReadOptions, ReadSnapshot, readSnapshot } from "./readSnapshot";
import type { Progress } from "./scan";
import type { Problem } from "./verdict";

/** So many keys are looked at before the event loop gets its turn. */
const KEYS_A_TURN = 1000;

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
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => word.split("*"));
  const read = yield* readSnapshot(path, options);
  if (!(read instanceof ReadSnapshot)) return { valid: false, problem: read };
  try {
    const hits = (yield* findHits(read, words)).sort((a, b) => (a.key < b.key ? -1 : 1));
    read.checkUnchanged();
    return { valid: true, hits };
  } finally {
    read.close();
  }
}

/** Whether the parts of a word, between its `*`, occur one behind the other; in linear time, however long a key is. */
function occurs(parts: readonly string[], text: string): boolean {
  let at = 0;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

/** Reads keys first, in the order of the file, and a value only where its key and kind match. */
function* findHits(
  read: ReadSnapshot,
  words: readonly (readonly string[])[],
): Generator<Progress, SearchHit[]> {
  const { index } = read.census;
  const { file } = read.opened;
  const keys = new KeyReader(file, read.layout.meta.pageSize, read.scanned.inlineKeys);
  const identities = new ObjectIdentities();
  const hits: SearchHit[] = [];
  for (let entry = 0; entry < index.size; entry++) {
    if (entry % KEYS_A_TURN === 0) yield { doneBytes: file.size, totalBytes: file.size };
    const kind = read.census.kinds[index.get(entry, Field.kind)]?.kind;
    if (kind === undefined) continue;
    const [page, element] = [index.get(entry, Field.page), index.get(entry, Field.element)];
    const key = keys.read(page, element) ?? read.name(read.record(page, element)).key;
    const texts = [kind.toLowerCase(), key.toLowerCase()];
    if (!words.every((word) => texts.some((text) => occurs(word, text)))) continue;
    const record = read.record(page, element);
    hits.push({ ...nameRecord(record, identities), revision: record.main, lastChanged: lastChanged(record) });
  }
  return hits;
}

/** The latest time among creation and managed fields. What lies there is whatever somebody has written. */
function lastChanged(record: KeyRecord): string | null {
  const { creationTimestamp, managedFields } = fieldsOf(decodeValue(record).object?.metadata);
  const managers = Array.isArray(managedFields) ? managedFields : [];
  const times = [creationTimestamp, ...managers.map((manager) => fieldsOf(manager).time)];
  const known = times.filter((time): time is string => typeof time === "string");
  return known.sort().at(-1) ?? null;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
}
