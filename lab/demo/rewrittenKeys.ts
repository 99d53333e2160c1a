import type { RewrittenKeys } from "./keys";

/**
 * The keys that a user cluster's control plane writes by itself when it starts or while it runs. Everything else must
 * be as in the snapshot. Measured on the lab: each entry was seen to differ after a restore, none is here by guess.
 */
export const rewrittenKeys: readonly RewrittenKeys[] = [
  {
    pattern: /^\/registry\/leases\/kube-system\/(kube-controller-manager|kube-scheduler)$/,
    differences: ["changed"],
    why: "leader lease, renewed every 2 s by the controller manager or scheduler that leads",
  },
  {
    pattern: /^\/registry\/(leases\/kube-system|peerserverleases)\/apiserver-[0-9a-z]+$/,
    differences: ["changed"],
    why: "identity of an API server, renewed every 10 s",
  },
  {
    pattern: /^\/registry\/masterleases\/[0-9a-f.:]+$/,
    differences: ["changed", "missing", "extra"],
    why: "address of an API server, kept for 15 s: a new Pod has a new address",
  },
  {
    pattern: /^\/registry\/(services\/endpoints|endpointslices)\/default\/kubernetes$/,
    differences: ["changed"],
    why: "the same addresses once more, for the cluster's own clients",
  },
  {
    pattern: /^\/registry\/events\/.+$/,
    differences: ["changed", "extra"],
    why: "events of the restarted scheduler and controller manager: they report again what they cannot do",
  },
];
