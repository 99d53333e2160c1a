/**
 * Names and paths of one generation of hosted control planes: where, in the admin cluster, the Pods of a user
 * cluster's control plane are. Every value can be overridden by the configuration key `overrides`.
 */
export interface HostedProfile {
  readonly etcd: {
    /** StatefulSet of the members; member names are its Pods' names. */
    readonly statefulSet: string;
    readonly container: string;
    /** Claims are called `<dataClaim>-<member>`. */
    readonly dataClaim: string;
    /** Where the claim is mounted, and etcd's `--data-dir`. */
    readonly dataDirectory: string;
    /** Headless Service that gives a member its DNS name, `<member>.<service>`. */
    readonly service: string;
    readonly clientPort: number;
    readonly peerPort: number;
    /** Paths inside the etcd container. */
    readonly ca: string;
    readonly certificate: string;
    readonly key: string;
  };
  readonly apiServer: {
    readonly statefulSet: string;
    readonly podDisruptionBudget: string;
  };
  /** Deployment that compacts and defragments etcd; may be absent from the cluster. */
  readonly maintenance: string;
  /**
   * Workloads as `Kind/name`, or `namespace/Kind/name` where they are elsewhere on the admin cluster, that watch the user
   * cluster or its control plane and must not watch a swap; "discover", alone or among them, finds controller managers
   * and schedulers of the namespace by image and name.
   */
  readonly controllers: "discover" | readonly string[];
  /**
   * Controllers of the hosting cluster that are known to be in the namespace, as `Kind/name`; `*` stands for any part of
   * a name. They are stopped too, where they are there.
   */
  readonly knownControllers: readonly string[];
}
