import { clusterEnvironment, namesEnvironment } from "../hosted/clusterEnvironment";
import { type HostedCluster, type HostedMember, initialCluster, membersOf } from "../hosted/hostedCluster";
import type { EtcdutlFile } from "./etcdutlFile";
import { type Overrides, overridesText } from "./overrides";
import type { SnapshotFacts } from "./snapshotFacts";

/** What a restore of a hosted cluster needs to know. Plain values: one restore, decided before it begins. */
export interface HostedRestoreArgs {
  readonly cluster: HostedCluster;
  /** Name of this one operation; never used twice for the same cluster. */
  readonly id: string;
  /** The verified snapshot ({@link readSnapshotFacts}). */
  readonly snapshot: SnapshotFacts;
  /** Image of the utility Pods: a shell and etcdutl (or an etcdctl that still restores). */
  readonly utilityImage: string;
  /** UID of Namespace kube-system that the snapshot must have; default: the live cluster's, where it answers. */
  readonly clusterUid?: string;
  /** Why a cluster with a living quorum is restored all the same; recorded in the ledger. */
  readonly reason?: string;
  /** A static etcdutl for utility images that have none that fits ({@link readEtcdutl}). */
  readonly etcdutl?: EtcdutlFile;
  /** What is restored although a check says no; recorded in the ledger. */
  readonly overrides?: Overrides;
}

/** Everything about a restore that can be said before it runs: pure, and equal for equal arguments. */
export interface RestorePlan extends HostedRestoreArgs {
  readonly members: readonly HostedMember[];
  /** What every step's script reads. */
  readonly environment: Readonly<Record<string, string>>;
}

/** @returns the plan; nothing is read or asked here. */
export function planHostedRestore(args: HostedRestoreArgs): RestorePlan {
  const members = membersOf(args.cluster);
  return {
    ...args,
    members,
    environment: {
      ...clusterEnvironment(args.cluster),
      RESTORE_ID: args.id,
      CLUSTER_NAMES: JSON.stringify(namesEnvironment(args.cluster)),
      ...(args.reason === undefined ? {} : { RESTORE_REASON: args.reason }),
      ...(args.clusterUid === undefined ? {} : { EXPECTED_UID: args.clusterUid }),
      ...(args.snapshot.kubeSystemUid === undefined ? {} : { SNAPSHOT_UID: args.snapshot.kubeSystemUid }),
      UTILITY_IMAGE: args.utilityImage,
      SNAPSHOT: args.snapshot.path,
      SNAPSHOT_SIZE: String(args.snapshot.sizeBytes),
      SNAPSHOT_SHA256: args.snapshot.sha256,
      ...(args.snapshot.end === undefined ? {} : { SNAPSHOT_END: args.snapshot.end }),
      SNAPSHOT_REVISION: args.snapshot.revision,
      INITIAL_CLUSTER: initialCluster(members),
      // Unique: with the old token an old member would rejoin the restored ones and undo the restore (etcd member ids).
      CLUSTER_TOKEN: `etcd-recovery-${args.cluster.namespace}-${args.id}`,
      ...guardEnvironment(args),
    },
  };
}

/** What the guards compare, and what they are told to let pass. */
function guardEnvironment(args: HostedRestoreArgs): Record<string, string> {
  const { overrides = {}, etcdutl, snapshot } = args;
  const encryption = snapshot.encryption?.map(({ provider, keyName }) => `${provider}:${keyName}`) ?? [];
  const texts = {
    SNAPSHOT_VERSION: snapshot.etcdVersion,
    SNAPSHOT_ENCRYPTION: encryption.join("\n"),
    ALLOW_VERSION: overrides.allowVersion,
    ALLOW_ENCRYPTION: overrides.allowEncryption?.join("\n"),
    OVERRIDES: overridesText({
      ...overrides,
      ...(args.clusterUid === undefined ? {} : { clusterUid: args.clusterUid }),
    }),
    ETCDUTL: etcdutl?.path,
    ETCDUTL_SIZE: etcdutl?.sizeBytes.toString(),
    ETCDUTL_SHA256: etcdutl?.sha256,
  };
  // Absent and empty are one to a script.
  return Object.fromEntries(Object.entries(texts).filter((entry): entry is [string, string] => !!entry[1]));
}
