import type { RewrittenKeys } from "../keys";
import { rewrittenKeys } from "../rewrittenKeys";

/** The servers of a control plane on machines. */
export const staticPodNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
] as const;

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
  {
    pattern: /^\/registry\/minions\/.+$/,
    differences: ["changed"],
    why: "state of a node, which its kubelet writes anew every 5 min and when it was started",
  },
  {
    pattern: new RegExp(`^/registry/pods/kube-system/(${staticPodNames.join("|")})-[-0-9a-z]+$`),
    differences: ["changed"],
    why: "what a kubelet tells of a static Pod: when it was started, and how often",
  },
];
