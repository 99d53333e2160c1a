import type { RewrittenKeys } from "../keys";
import { rewrittenKeys } from "../rewrittenKeys";

/**
 * The keys that a control plane on machines and its kubelets write by themselves: beside those of every control plane,
 * those of nodes and of the Pods that run on them. Measured on the lab: each was seen to differ after a restore.
 */
export const rewrittenMachineKeys: readonly RewrittenKeys[] = [
  ...rewrittenKeys,
  {
    pattern: /^\/registry\/leases\/kube-node-lease\/.+$/,
    differences: ["changed"],
    why: "heartbeat of a kubelet, renewed every 10 s",
  },
];
