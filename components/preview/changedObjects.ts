import { printable, type ReplacedObject } from "../../snapshot";

/** Objects that share a fate. */
export interface ChangedObjects {
  readonly count: number;
  readonly byKind: { [kind: string]: number };
  /** Cluster-scoped ones under the empty name. */
  readonly byNamespace: { [namespace: string]: number };
  /** As `Kind namespace/name`, the gravest first, at most 20. */
  readonly named: string[];
}

/** How many objects of each fate are named: Pulumi shows the output line by line, and keeps it in the state. */
export const NAMED = 20;

/** The loss of these is the loss of others, or of data; of all others that of one object. */
const GRAVEST = [
  "Namespace",
  "CustomResourceDefinition",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Secret",
  "StatefulSet",
  "Deployment",
  "DaemonSet",
  "ClusterRoleBinding",
];
/** Controllers make these anew from others. */
const DERIVED = ["Pod", "ReplicaSet", "ControllerRevision", "Endpoints", "EndpointSlice", "CSINode"];

/** Counts and names objects. */
export function changedObjects(objects: readonly Omit<ReplacedObject, "change">[]): ChangedObjects {
  const ordered = [...objects].sort(
    (a, b) => gravity(a.kind) - gravity(b.kind) || compare(nameOf(a), nameOf(b)),
  );
  return {
    count: objects.length,
    byKind: countBy(ordered.map(({ kind }) => printable(kind) || "other keys")),
    byNamespace: countBy(ordered.map(({ namespace }) => printable(namespace))),
    named: ordered.slice(0, NAMED).map(nameOf),
  };
}

function gravity(kind: string): number {
  const place = GRAVEST.indexOf(kind);
  if (place >= 0) return place;
  return DERIVED.includes(kind) ? GRAVEST.length + 1 : GRAVEST.length;
}

function nameOf({ kind, namespace, name }: Omit<ReplacedObject, "change">): string {
  return printable(`${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`.trim());
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
