import type * as pulumi from "@pulumi/pulumi";
import type { NodesClusterArgs } from "../nodes/nodesClusterArgs";
import type { HostedRestoreArgs } from "./restoreArgs";

/** What {@link NodesRestore} needs to know. Exactly one of `snapshot` and `rollback` is given. */
export interface NodesRestoreArgs
  extends Pick<
    HostedRestoreArgs,
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
  /** Path of the snapshot on the machine that runs the program. */
  readonly snapshot?: pulumi.Input<string>;
  /**
   * Workloads that would act on what the restored cluster says, `namespace/Kind/name` with `*` for any part of a name: they
   * are set to 0, and their Pods' objects removed, before anybody else reaches it, and stay so until `etcd-recovery release`.
   * Default: the profile's; [] for none. Plain: it decides which resources exist.
   */
  readonly quarantine?: string[];
  /** Path of a static etcdutl, where neither the machine nor its etcd's image has one that fits. */
  readonly etcdutl?: pulumi.Input<string>;
}
