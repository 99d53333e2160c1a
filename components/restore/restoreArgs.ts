import type * as pulumi from "@pulumi/pulumi";
import type { HostedOperationArgs } from "../hosted/hostedClusterArgs";

/** What {@link HostedRestore} needs to know. Exactly one of `snapshot` and `rollback` is given. */
export interface HostedRestoreArgs extends HostedOperationArgs {
  /**
   * Path of the snapshot on the machine that runs the program, `gs://…` of a backup, or, of the backups in `store`, `latest`
   * or `before:<time>` (ISO 8601): chosen once for this id and kept in the stack's state. Of these two, plain text.
   */
  readonly snapshot?: pulumi.Input<string>;
  /** Store that `latest` and `before:<time>` look into: a directory, or `gs://bucket/prefix`. */
  readonly store?: pulumi.Input<string>;
  /**
   * Path of a file with age identities on the machine that runs the program, for a backup that is encrypted. Never its content:
   * that would be in the stack's state. Default: the file that `$ETCD_RECOVERY_AGE_IDENTITY_FILE` names.
   */
  readonly identityFile?: pulumi.Input<string>;
  /** Id of a finished restore: what it put aside on the members' volumes becomes the cluster's data again. */
  readonly rollback?: pulumi.Input<string>;
  /** UID of Namespace kube-system that the snapshot must have. Default: the live cluster's, where it answers. */
  readonly clusterUid?: pulumi.Input<string>;
  /** Why a cluster with a living quorum is restored all the same; recorded in the ledger. Default: it is refused. */
  readonly reason?: pulumi.Input<string>;
  /** Path of a static etcdutl for utility images that have none that fits. */
  readonly etcdutl?: pulumi.Input<string>;
  /** Replicas of workloads that are at 0 and shall not stay there, by `Kind/name`. */
  readonly replicas?: pulumi.Input<{ [workload: string]: pulumi.Input<number> }>;
  /** etcd version of a snapshot that is newer than the server, and restored all the same. */
  readonly allowVersion?: pulumi.Input<string>;
  /** Version of Kubernetes, e.g. "1.30", that the snapshot was taken under and the API servers no longer have. */
  readonly allowKubernetesVersion?: pulumi.Input<string>;
  /** "provider:key" of encryption at rest that the API servers are not known to have. */
  readonly allowEncryption?: pulumi.Input<pulumi.Input<string>[]>;
  /** "admin": a snapshot of an admin cluster. */
  readonly allowRole?: pulumi.Input<string>;
  /** A file without a digest: nothing proves its bytes. Default false. */
  readonly allowUnhashed?: pulumi.Input<boolean>;
}
