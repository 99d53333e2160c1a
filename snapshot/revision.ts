/**
 * A revision in JSON: a number as long as JavaScript and every JSON reader hold it exactly, above 2^53 - 1 its
 * decimal digits as a string.
 */
export type JsonRevision = number | string;

/** @param revision of etcd, up to 2^63 - 1. */
export function revisionToJson(revision: bigint): JsonRevision {
  return revision <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(revision) : revision.toString();
}

/** The highest of some revisions; 0n of none. */
export function highest(revisions: readonly bigint[]): bigint {
  let found = 0n;
  for (const revision of revisions) if (revision > found) found = revision;
  return found;
}
