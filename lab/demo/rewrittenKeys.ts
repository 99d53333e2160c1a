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
    pattern: /^\/registry\/leases\/kube-system\/apiserver-[0-9a-z]+$/,
    differences: ["changed", "missing", "extra"],
    why: "identity of an API server; named after its host, so a new Pod has a new one and the old one is collected",
  },
  {
    pattern: /^\/registry\/masterleases\/[0-9a-f.:]+$/,
    differences: ["changed", "missing", "extra"],
    why: "address of an API server with a lease of seconds; a new Pod has a new address",
  },
  {
    pattern: /^\/registry\/(services\/endpoints|endpointslices)\/default\/kubernetes$/,
    differences: ["changed"],
    why: "addresses of the API servers, written by them when they start",
  },
];
