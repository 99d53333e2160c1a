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
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(pattern);
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

function pattern(word: string): RegExp {
  return new RegExp(
    word
      .split("*")
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*"),
    "i",
  );
}

/** Reads keys first, in the order of the file, and a value only where its key and kind match. */
function* findHits(read: ReadSnapshot, words: readonly RegExp[]): Generator<Progress, SearchHit[]> {
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
    if (!words.every((word) => word.test(kind) || word.test(key))) continue;
    const record = read.record(page, element);
    hits.push({ ...nameRecord(record, identities), revision: record.main, lastChanged: lastChanged(record) });
  }
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
