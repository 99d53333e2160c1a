import { Interner } from "./kubernetes/interner";
import { type Kind, ObjectIdentities } from "./kubernetes/objectIdentity";
import { parseRegistryKey } from "./kubernetes/registryKey";
import type { KeyRecord } from "./mvcc/keyRecord";

/** A key of etcd as people name it. */
export interface ObjectName {
  /** As stored in etcd, such as `/registry/pods/default/web-0`. */
  readonly key: string;
  /** Empty for a key that is no Kubernetes object. */
  readonly kind: string;
  /** Empty where the value does not say it: encrypted and unreadable values. */
  readonly apiVersion: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  /** The key itself for one that is no Kubernetes object. */
  readonly name: string;
}

/**
 * Names the object in a record that is no tombstone.
 * @param identities given by callers that name many.
 */
export function nameRecord(record: KeyRecord, identities = new ObjectIdentities()): ObjectName {
  const { bytes, keyStart, keyEnd, valueStart, valueEnd } = record;
  const key = bytes.toString("utf8", keyStart, keyEnd);
  identities.identify(bytes, keyStart, keyEnd, valueStart, valueEnd);
  const { form, kind, apiVersion } = identities.kinds[identities.kind] as Kind;
  if (form === "other") return { key, kind: "", apiVersion: "", namespace: "", name: key };
  const location = parseRegistryKey(key);
  const name = identities.details(bytes).name ?? location.name ?? key;
  const namespace =
    identities.namespace === Interner.REFUSED
      ? (location.namespace ?? "")
      : identities.namespaces.text(identities.namespace);
  return { key, kind, apiVersion, namespace, name };
}
