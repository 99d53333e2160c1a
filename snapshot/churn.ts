import type { ObjectName } from "./objectName";

/** Kinds that a cluster writes all the time and that a restore need not bring back as they were. */
const CHURN_KINDS = new Set(["Event", "Lease"]);
/** Bookkeeping of the API servers: their compaction lock, and the addresses of those that live. */
const CHURN_KEYS = /^(compact_rev_key|\/[^/]+\/masterleases\/.+)$/;

/** Whether a difference in this key is mere noise: events, leases, bookkeeping of the API servers. */
export function isChurn({ kind, key }: Pick<ObjectName, "kind" | "key">): boolean {
  return CHURN_KINDS.has(kind) || CHURN_KEYS.test(key);
}
