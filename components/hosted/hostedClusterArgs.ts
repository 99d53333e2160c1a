import type * as pulumi from "@pulumi/pulumi";

/** The hosted control plane that a component works on. */
export interface HostedClusterArgs {
  /** The user cluster's name; recorded in manifests and ledgers. */
  readonly name: pulumi.Input<string>;
  /** Its namespace on the admin cluster. Default: the cluster's name. */
  readonly namespace?: pulumi.Input<string>;
  /** How many etcd members it has when it is well, odd, at most 9. Default 3. Plain: it decides which resources exist. */
  readonly members?: number;
  /** Names and paths of the control-plane generation: "gdc-kubeception", which is the default. Plain, as `members`. */
  readonly profile?: string;
  /** Single names of the profile that are others on this cluster. Plain, as `members`. */
  readonly overrides?: ProfileOverridesArgs;
  /**
   * A kubeconfig for the admin cluster: a path, or the content. Content is kept as a secret of the state, reaches
   * steps by their standard input, and never a command line, a log or a plain part of the state.
   */
  readonly adminKubeconfig: pulumi.Input<string>;
  /** Context in it. Default: its current one. */
  readonly adminContext?: pulumi.Input<string>;
  /**
   * A kubeconfig for the user cluster, path or content; with it an operation ends only when the cluster's own address
   * answers. Without it, it ends with the Pods' readiness.
   */
  readonly userKubeconfig?: pulumi.Input<string>;
  /** Servers in the kubeconfigs, as URLs, that may be called without a check of their certificate. Default: none. */
  readonly allowInsecure?: pulumi.Input<pulumi.Input<string>[]>;
}

/** What may differ from a shipped profile (components/profiles/). */
export interface ProfileOverridesArgs {
  readonly etcd?: EtcdOverridesArgs;
  readonly apiServer?: ApiServerOverridesArgs;
  /** Deployment that compacts and defragments etcd. */
  readonly maintenance?: string;
  /** Workloads that must not watch a swap, as `Kind/name` or `namespace/Kind/name`; `discover` among them finds them. */
  readonly controllers?: string[];
}

/** Names of the members' StatefulSet and what is in its Pods. */
export interface EtcdOverridesArgs {
  readonly statefulSet?: string;
  readonly container?: string;
  /** Claims are called `<dataClaim>-<member>`. */
  readonly dataClaim?: string;
  /** Where the claim is mounted, and etcd's `--data-dir`. */
  readonly dataDirectory?: string;
  /** Headless Service of the members' DNS names. */
  readonly service?: string;
  readonly clientPort?: number;
  readonly peerPort?: number;
  /** Paths inside the etcd container. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** Names of the API servers' StatefulSet and its budget. */
export interface ApiServerOverridesArgs {
  readonly statefulSet?: string;
  readonly podDisruptionBudget?: string;
}

/** What every component that works on the members' volumes takes. */
export interface HostedOperationArgs {
  /** The cluster. */
  readonly cluster: HostedClusterArgs;
  /** Name of this one operation, at most 40 lower-case letters, digits, '-'; never used twice for the same cluster. */
  readonly id: pulumi.Input<string>;
  /** Image of the utility Pods, with tag or digest: a shell and etcdutl (or an etcdctl that still restores). */
  readonly utilityImage: pulumi.Input<string>;
}
