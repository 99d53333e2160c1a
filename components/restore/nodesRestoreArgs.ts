import type * as pulumi from "@pulumi/pulumi";
import type { NodesClusterArgs } from "../nodes/nodesClusterArgs";
import type { HostedRestoreArgs } from "./restoreArgs";

/** Which keys and certificates come back, and what opens them. */
export interface PkiRestoreArgs {
  /** With `snapshot`: the secret key of age of one of the backup's recipients, as age-keygen writes it. Kept as a secret; only the steps that need it get it. */
  readonly identity?: pulumi.Input<string>;
  /** With `snapshot`: directory of the backup. Default: the snapshot's own. */
  readonly from?: pulumi.Input<string>;
  /** With `rollback`: true for those that the restore put aside whose data is rolled back. */
  readonly previous?: pulumi.Input<boolean>;
}

/** What {@link NodesRestore} needs to know. Exactly one of `snapshot` and `rollback` is given. */
export interface NodesRestoreArgs
  extends Pick<
    HostedRestoreArgs,
    | "snapshot"
    | "store"
    | "identityFile"
    | "rollback"
    | "clusterUid"
    | "reason"
    | "allowVersion"
    | "allowKubernetesVersion"
    | "allowEncryption"
    | "allowRole"
    | "allowUnhashed"
  > {
  /** The control plane. */
  readonly cluster: NodesClusterArgs;
  /** Name of this one operation, at most 40 lower-case letters, digits, '-'; never used twice for the same cluster. */
  readonly id: pulumi.Input<string>;
  /**
   * Workloads that would act on what the restored cluster says, `namespace/Kind/name` with `*` for any part of a name: they
   * are set to 0, and their Pods' objects removed, before anybody else reaches it, and stay so until `etcd-recovery release`.
   * Default: the profile's; [] for none. Plain: it decides which resources exist.
   */
  readonly quarantine?: string[];
  /** Keys and certificates come back too, where the machines' differ. Default: they stay as they are. */
  readonly pki?: PkiRestoreArgs;
  /** Path of a static etcdutl, where neither the machine nor its etcd's image has one that fits. */
  readonly etcdutl?: pulumi.Input<string>;
}
