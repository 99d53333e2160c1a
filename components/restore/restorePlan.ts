import { clusterEnvironment, namesEnvironment } from "../hosted/clusterEnvironment";
import { type HostedCluster, type HostedMember, initialCluster, membersOf } from "../hosted/hostedCluster";
import type { EtcdutlFile } from "./etcdutlFile";
import { type Overrides, overridesText } from "./overrides";
import type { SnapshotFacts } from "./snapshotFacts";

/** What every operation on a hosted cluster's volumes needs to know. Plain values, decided before it begins. */
export interface OperationArgs {
  readonly cluster: HostedCluster;
  /** Name of this one operation; never used twice for the same cluster. */
  readonly id: string;
  /** Image of the utility Pods: a shell and etcdutl (or an etcdctl that still restores). */
  readonly utilityImage: string;
}

interface RestoreArgs extends OperationArgs {
  /** UID of Namespace kube-system that the snapshot must have; default: the live cluster's, where it answers. */
  readonly clusterUid?: string;
  /** Why a cluster with a living quorum is restored all the same; recorded in the ledger. */
  readonly reason?: string;
  /** A static etcdutl for utility images that have none that fits ({@link readEtcdutl}). */
  readonly etcdutl?: EtcdutlFile;
  /** What is restored although a check says no; recorded in the ledger. */
  readonly overrides?: Overrides;
}

/** Where the data of a restore comes from; exactly one. */
type RestoreOrigin =
  | {
      /** The verified snapshot ({@link readSnapshotFacts}). */
      readonly snapshot: SnapshotFacts;
      readonly rollback?: undefined;
    }
  | {
      /** Id of a finished restore: what it put aside on the members' volumes becomes the cluster's data again. */
      readonly rollback: string;
      readonly snapshot?: undefined;
    };

/** What a restore of a hosted cluster needs to know. */
export type HostedRestoreArgs = RestoreArgs & RestoreOrigin;

/** Everything about an operation that can be said before it runs: pure, and equal for equal arguments. */
export interface OperationPlan extends OperationArgs {
  readonly members: readonly HostedMember[];
  /** What every step's script reads. */
  readonly environment: Readonly<Record<string, string>>;
}

export type RestorePlan = OperationPlan & HostedRestoreArgs;

/** @returns the plan; nothing is read or asked here. */
export function planHostedRestore(args: HostedRestoreArgs): RestorePlan {
  const plan = planOperation(args);
  return {
    ...args,
    ...plan,
    environment: {
      ...plan.environment,
      CLUSTER_NAMES: JSON.stringify(namesEnvironment(args.cluster)),
      ...(args.clusterUid === undefined ? {} : { EXPECTED_UID: args.clusterUid }),
      ...(args.snapshot === undefined ? rollbackEnvironment(args) : snapshotEnvironment(args)),
      UTILITY_IMAGE: args.utilityImage,
      INITIAL_CLUSTER: initialCluster(plan.members),
      // Unique: with the old token an old member would rejoin the restored ones and undo the restore (etcd member ids).
      CLUSTER_TOKEN: `etcd-recovery-${args.cluster.namespace}-${args.id}`,
      ...guardEnvironment(args),
    },
  };
}

/** What the guards compare, and what they are told to let pass. */
function guardEnvironment(args: HostedRestoreArgs): Record<string, string> {
  const { overrides = {}, etcdutl, snapshot } = args;
  const encryption = snapshot?.encryption?.map(({ provider, keyName }) => `${provider}:${keyName}`) ?? [];
  const texts = {
    SNAPSHOT_VERSION: snapshot?.etcdVersion,
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

/** What any operation's steps read: which cluster, which id. */
export function planOperation({ cluster, id, utilityImage }: OperationArgs): OperationPlan {
  const environment = { ...clusterEnvironment(cluster), RESTORE_ID: id };
  return { cluster, id, utilityImage, members: membersOf(cluster), environment };
}

function snapshotEnvironment({ snapshot, reason }: HostedRestoreArgs & { snapshot: SnapshotFacts }) {
  return {
    ...(reason === undefined ? {} : { RESTORE_REASON: reason }),
    ...(snapshot.kubeSystemUid === undefined ? {} : { SNAPSHOT_UID: snapshot.kubeSystemUid }),
    SNAPSHOT: snapshot.path,
    SNAPSHOT_SIZE: String(snapshot.sizeBytes),
    SNAPSHOT_SHA256: snapshot.sha256,
    ...(snapshot.end === undefined ? {} : { SNAPSHOT_END: snapshot.end }),
    SNAPSHOT_REVISION: snapshot.revision,
  };
}

/** That it is a roll-back is reason enough to take a living quorum's data away; what the user says is added to it. */
function rollbackEnvironment({ rollback, reason }: HostedRestoreArgs & { rollback: string }) {
  const because = `roll-back of restore ${rollback}`;
  return {
    ROLLBACK_ID: rollback,
    RESTORE_REASON: reason === undefined ? because : `${because}: ${reason}`,
    ...(reason === undefined ? {} : { ROLLBACK_REASON: reason }),
  };
}
