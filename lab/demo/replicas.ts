/** Replicas by workload, e.g. `{"StatefulSet/kube-etcd": 3}`. */
export type Replicas = Readonly<Record<string, number>>;

/** Whether two readings name the same workloads with the same replicas, in any order. */
export function sameReplicas(before: Replicas, after: Replicas): boolean {
  return replicasText(before) === replicasText(after);
}

/** For example "Deployment/kube-scheduler 1, StatefulSet/kube-etcd 3". */
export function replicasText(replicas: Replicas): string {
  return Object.entries(replicas)
    .map(([workload, count]) => `${workload} ${count}`)
    .sort()
    .join(", ");
}
