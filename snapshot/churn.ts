import { parseRegistryKey } from "./kubernetes/registryKey";
import type { ObjectName } from "./objectName";

/** Kinds that a cluster writes all the time and that a restore need not bring back as they were, with their groups. */
const CHURN_KINDS = new Set(["Event.", "Event.events.k8s.io", "Lease.coordination.k8s.io"]);
/** The same, by the resources in their keys, which have no group. */
const CHURN_RESOURCES = new Set(["events", "leases"]);
/** Bookkeeping of the API servers: their compaction lock, and where the addresses of those that live are. */
const COMPACTION_LOCK = "compact_rev_key";
const BOOKKEEPING_RESOURCES = new Set(["masterleases", "peerserverleases"]);

/**
 * Whether a difference in this key is mere noise: events, leases, bookkeeping of the API servers. A custom resource
 * may have a kind of the same name, and is none of them.
 */
export function isChurn({ kind, apiVersion, key }: Pick<ObjectName, "kind" | "apiVersion" | "key">): boolean {
  if (key === COMPACTION_LOCK) return true;
  const { group, resource, name } = parseRegistryKey(key);
  if (group !== "" || name === undefined) return false;
  if (BOOKKEEPING_RESOURCES.has(resource)) return true;
  if (kind === "") return false;
  if (apiVersion === "") return CHURN_RESOURCES.has(resource);
  const [first = "", version] = apiVersion.split("/");
  return CHURN_KINDS.has(`${kind}.${version === undefined ? "" : first}`);
}
