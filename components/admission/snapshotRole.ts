import { getObject } from "../../snapshot";
import { RefusedError } from "../errors";
import type { Overrides } from "./overrides";
import type { SnapshotFacts } from "./snapshotFacts";

/** The cluster that a snapshot is to be restored into. */
export interface SnapshotTarget {
  readonly name: string;
  /** "admin", "user", or "any" where nothing says it. Default "user". */
  readonly role?: "admin" | "user" | "any";
  /** Of a hosted cluster: its namespace on the admin cluster. */
  readonly namespace?: string;
  /** Of a hosted cluster: names of its parts there. */
  readonly profile?: { readonly etcd: { readonly statefulSet: string } };
}

/** Kinds of which only an admin cluster holds objects: it describes its user clusters with them. */
const adminKinds = ["OnPremUserCluster", "onpremuserclusters.onprem.cluster.gke.io", "OnPremAdminCluster"];

/**
 * Refuses the admin cluster's snapshot for one of its user clusters. It would be accepted by every tool, and the user
 * cluster would then start as a copy of its own admin cluster, with its controllers.
 *
 * @throws RefusedError that names what in the snapshot says so
 */
export async function checkRole(
  facts: SnapshotFacts,
  cluster: SnapshotTarget,
  overrides: Overrides,
): Promise<void> {
  if ((cluster.role ?? "user") !== "user") return;
  const mark = await adminMark(facts, cluster);
  if (mark === undefined || overrides.allowRole === "admin") return;
  throw new RefusedError(
    `restore.snapshot: ${facts.path}: it is of an admin cluster (it holds ${mark}), ${cluster.name} is a user cluster.`,
    "Choose a snapshot of the user cluster itself. If it is meant: pulumi config set --path restore.allowRole admin",
  );
}

/** What says that the snapshot is of an admin cluster; undefined when nothing does. */
async function adminMark(facts: SnapshotFacts, cluster: SnapshotTarget): Promise<string | undefined> {
  const kind = adminKinds.find((candidate) => (facts.census?.[candidate] ?? 0) > 0);
  if (kind !== undefined) return `${facts.census?.[kind]} ${kind}`;
  // A user cluster may have a namespace of its own name, but not its own etcd in it: then the file is read once more.
  const { namespace } = cluster;
  const statefulSet = cluster.profile?.etcd.statefulSet;
  if (namespace === undefined || statefulSet === undefined) return undefined;
  if (facts.namespaces?.includes(namespace) !== true) return undefined;
  const found = await getObject(facts.path, {
    kind: "StatefulSet",
    namespace,
    name: statefulSet,
    allowUnhashed: facts.hashed === false,
  });
  return found.valid ? `StatefulSet ${namespace}/${statefulSet}, this cluster's own etcd` : undefined;
}
