import type { FaultAction } from "./faults/faults";

/** A fault, the request that meets it, and which of those. */
export type ActFault = readonly [action: FaultAction, pattern: string, nth: number];

/** Acts of a restore that fail from a request on, whatever is tried again. */
export const interruptedActs = {
  stopping: ["every", "scale-down-etcd: PATCH statefulsets/kube-etcd/scale*", 1],
  /** After one member's. */
  swapping: ["every", "swap: exec*/swap.sh*", 2],
  startingEtcd: ["every", "scale-up-etcd: PATCH statefulsets/kube-etcd/scale*", 1],
  starting: ["every", "scale-up-apiservers: PATCH statefulsets/kube-apiserver/scale*", 1],
} as const satisfies Record<string, ActFault>;
