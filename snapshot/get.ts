import { groupOf, isOfKind, qualifiedKind } from "./kindName";
import { type DecodedValue, decodeValue } from "./kubernetes/objectDecoder";
import { builtInKind, parseRegistryKey } from "./kubernetes/registryKey";
import type { KeyRecord } from "./mvcc/keyRecord";
import { nameRecord, type ObjectName } from "./objectName";
import { printable } from "./printable";
import { type ReadOptions, ReadSnapshot, readSnapshot } from "./readSnapshot";
import { highest } from "./revision";
import type { Progress } from "./scan";
import type { Problem } from "./verdict";

/** Which object to take out of a snapshot. */
export interface GetOptions extends ReadOptions {
  /** As in manifests or in kubectl: `Deployment`, `deployments`, `widgets.example.com`; any letter case. */
  readonly kind: string;
  /** Undefined for a cluster-scoped object. */
  readonly namespace?: string;
  readonly name: string;
  /** As it was at this revision. Default: as it is at the snapshot's. */
  readonly revision?: bigint;
}

/** One revision of an object that the file still holds. */
export interface ObjectRevision {
  readonly revision: bigint;
  readonly change: "created" | "changed" | "deleted";
}

/** An object taken out of a snapshot. */
export type FoundObject = ObjectName &
  DecodedValue & {
    readonly valid: true;
    /** Revision at which it was last written. */
    readonly revision: bigint;
    /** Oldest first. */
    readonly history: readonly ObjectRevision[];
  };

export type GetVerdict = FoundObject | { readonly valid: false; readonly problem: Problem };

/** A record that may be of the wanted object, by its place. */
interface Candidate {
  readonly page: number;
  readonly element: number;
  readonly revision: bigint;
  readonly sub: number;
  readonly isTombstone: boolean;
  readonly isFirst: boolean;
}

/** Takes one object out of a snapshot, after verifying it. */
export function* getSteps(path: string, options: GetOptions): Generator<Progress, GetVerdict> {
  const candidates = new Map<string, Candidate[]>();
  const ending = Buffer.from(`/${options.name}`);
  const visit = (record: KeyRecord, page: number, element: number) => {
    if (!endsWith(record, ending)) return;
    const candidate = candidateOf(record, page, element);
    // not as UTF-8: two keys that are none look the same then
    const key = record.bytes.toString("latin1", record.keyStart, record.keyEnd);
    const sameKey = candidates.get(key);
    if (sameKey === undefined) candidates.set(key, [candidate]);
    else sameKey.push(candidate);
  };
  const read = yield* readSnapshot(path, options, { visit });
  if (!(read instanceof ReadSnapshot)) return { valid: false, problem: read };
  try {
    const found = choose(read, path, options, [...candidates.values()]);
    read.checkUnchanged();
    return found;
  } finally {
    read.close();
  }
}

function choose(read: ReadSnapshot, path: string, options: GetOptions, keys: Candidate[][]): GetVerdict {
  const wanted = `${options.kind} ${options.namespace === undefined ? "" : `${options.namespace}/`}${options.name}`;
  const fail = (text: string, remedy: string): GetVerdict => ({
    valid: false,
    problem: { code: "no-such-object", message: `${path}: ${text}.`, remedy },
  });
  const matching = keys.flatMap((records) => {
    records.sort((a, b) => (a.revision === b.revision ? a.sub - b.sub : a.revision < b.revision ? -1 : 1));
    const name = nameOf(read, records);
    return name !== undefined && isWanted(name, options) ? [{ name, records }] : [];
  });
  const [found, other] = matching;
  const remedy = `Look for it: etcd-recovery snapshot search <file> ${options.name}`;
  if (found === undefined) return fail(`holds no ${wanted}`, remedy);
  if (other !== undefined) {
    return fail(
      `holds ${matching.length} of ${wanted}`,
      `Say which kind: ${printable(matching.map(({ name }) => qualifiedKind(name)).join(", "))}`,
    );
  }
  const outside = revisionFault(read, options.revision);
  if (outside !== undefined) return fail(outside, "Leave out --revision for the newest state.");
  const last = found.records.filter(({ revision }) => revision <= (options.revision ?? revision)).at(-1);
  const history = found.records.map(describe);
  const shown = history.filter(({ change }) => change !== "deleted");
  const revisions = shown.map(({ revision }) => revision).join(", ");
  if (last === undefined)
    return fail(`${wanted} did not exist at revision ${options.revision}`, `The file holds: ${revisions}`);
  if (last.isTombstone) {
    return fail(
      `${wanted} was deleted at revision ${last.revision}`,
      `Its revisions in this file, for --revision: ${revisions}`,
    );
  }
  const record = read.record(last.page, last.element);
  const name = nameRecord(record);
  if (!isWanted(name, options)) return fail(`holds something else than ${wanted} at that revision`, remedy);
  return {
    valid: true,
    ...name,
    ...withRevision(decodeValue(record), last.revision),
    revision: last.revision,
    history,
  };
}

/** Puts in `metadata.resourceVersion`, which is not stored: it is the revision. */
function withRevision(decoded: DecodedValue, revision: bigint): DecodedValue {
  const metadata = decoded.object?.metadata;
  if (decoded.object === undefined || metadata === null || typeof metadata !== "object") return decoded;
  return {
    ...decoded,
    object: { ...decoded.object, metadata: { ...metadata, resourceVersion: revision.toString() } },
  };
}

function endsWith({ bytes, keyStart, keyEnd }: KeyRecord, ending: Buffer): boolean {
  const start = keyEnd - ending.length;
  return (
    start >= keyStart &&
    bytes[keyEnd - 1] === ending.at(-1) &&
    bytes.compare(ending, 0, ending.length, start, keyEnd) === 0
  );
}

function candidateOf(record: KeyRecord, page: number, element: number): Candidate {
  const { main: revision, sub, isTombstone } = record;
  return { page, element, revision, sub, isTombstone, isFirst: !isTombstone && record.version === 1 };
}

/** What the key holds, by its newest value; undefined when the file holds only its deletion. */
function nameOf(read: ReadSnapshot, records: readonly Candidate[]): ObjectName | undefined {
  const newest = records.filter(({ isTombstone }) => !isTombstone).at(-1);
  return newest === undefined ? undefined : nameRecord(read.record(newest.page, newest.element));
}

/** Value and key have to agree: an object under the key of another kind or namespace is not what was asked for. */
function isWanted(found: ObjectName, { kind, namespace = "", name }: GetOptions): boolean {
  const location = parseRegistryKey(found.key);
  if (found.name !== name || location.name !== name) return false;
  if (found.namespace !== namespace || (location.namespace ?? "") !== namespace) return false;
  const builtIn = builtInKind(location.group, location.resource);
  if (
    builtIn === undefined
      ? location.group !== "" && groupOf(found) !== location.group
      : found.kind !== builtIn
  )
    return false;
  return isOfKind(found, kind);
}

function revisionFault({ census, scanned }: ReadSnapshot, revision: bigint | undefined): string | undefined {
  const { compactedRevision } = scanned.etcd;
  if (revision === undefined) return undefined;
  if (revision < compactedRevision)
    return `revision ${revision} is compacted: history begins at ${compactedRevision}`;
  const newest = highest([census.revision, compactedRevision]);
  return revision > newest ? `revision ${revision} is later than the snapshot's, ${newest}` : undefined;
}

function describe({ revision, isTombstone, isFirst }: Candidate): ObjectRevision {
  return { revision, change: isTombstone ? "deleted" : isFirst ? "created" : "changed" };
}
