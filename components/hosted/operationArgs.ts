import type { HostedCluster } from "./hostedCluster";

/** What every operation on a hosted cluster's volumes needs to know. Plain values, decided before it begins. */
export interface OperationArgs {
  readonly cluster: HostedCluster;
  /** Name of this one operation; never used twice for the same cluster. */
  readonly id: string;
  /** Image of the utility Pods: a shell and etcdutl (or an etcdctl that still restores). */
  readonly utilityImage: string;
}
