/**
 * What keeps service meshes (Istio and Linkerd) from putting a container of theirs into a Pod: it would hold the Pod's own
 * start back until it has a network, which utility Pods have not, and their volume after their end.
 */
export const unmeshed = {
  labels: { "sidecar.istio.io/inject": "false" },
  annotations: { "linkerd.io/inject": "disabled" },
} as const;
