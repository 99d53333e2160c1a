/** Names and paths of one generation of control planes whose etcd and API server are static Pods on machines. */
export interface NodesProfile {
  /** Account that SSH uses where none is given; it may use sudo without a password. */
  readonly user: string;
  /** Where the kubelet looks for static Pods. */
  readonly manifests: string;
  /** Root's own directory for ledgers and parked manifests: on a disk, on the same file system as `manifests`. */
  readonly state: string;
  /** A kubeconfig of the machine's own. */
  readonly adminKubeconfig: string;
  readonly etcd: {
    /** File name in `manifests`. */
    readonly manifest: string;
    /** Paths on the machine, for etcd's client. */
    readonly ca: string;
    readonly certificate: string;
    readonly key: string;
  };
  readonly apiServer: { readonly manifest: string };
  /** File names of what must not watch a swap, in the order in which it is stopped. */
  readonly controllers: readonly string[];
  /**
   * Workloads that make or remove machines by what the cluster says, `namespace/Kind/name` with `*` for any part: set to 0
   * before anybody else reaches a restored cluster, where they are there.
   */
  readonly quarantine: readonly string[];
  /**
   * Secret in which a cluster keeps the private key of its machines. Of an admin cluster it is its own, of a user cluster
   * the admin cluster's. Default: none.
   */
  readonly sshSecret?: {
    readonly name: string;
    readonly field: string;
    /** Default: the user cluster's on its admin cluster, which has its name. */
    readonly namespace?: string;
  };
  /** What the cluster is: a snapshot of another role is refused. "any": nothing says it. */
  readonly role: "admin" | "user" | "any";
}
