/** What the key of an object says about it, for values that do not say it themselves. */
export interface RegistryLocation {
  /** The kind for built-in resources; else the resource as written in the key, such as `widgets.example.com`. */
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** Kinds by the resource in the key. Nodes and replication controllers keep the names they had before Kubernetes 1.0. */
const KINDS: Readonly<Record<string, string>> = {
  certificatesigningrequests: "CertificateSigningRequest",
  clusterrolebindings: "ClusterRoleBinding",
  clusterroles: "ClusterRole",
  configmaps: "ConfigMap",
  controllerrevisions: "ControllerRevision",
  controllers: "ReplicationController",
  cronjobs: "CronJob",
  csidrivers: "CSIDriver",
  csinodes: "CSINode",
  daemonsets: "DaemonSet",
  deployments: "Deployment",
  endpoints: "Endpoints",
  endpointslices: "EndpointSlice",
  events: "Event",
  horizontalpodautoscalers: "HorizontalPodAutoscaler",
  ingress: "Ingress",
  ingressclasses: "IngressClass",
  ipaddresses: "IPAddress",
  jobs: "Job",
  leases: "Lease",
  limitranges: "LimitRange",
  masterleases: "Endpoints",
  minions: "Node",
  mutatingwebhookconfigurations: "MutatingWebhookConfiguration",
  namespaces: "Namespace",
  networkpolicies: "NetworkPolicy",
  persistentvolumeclaims: "PersistentVolumeClaim",
  persistentvolumes: "PersistentVolume",
  poddisruptionbudgets: "PodDisruptionBudget",
  pods: "Pod",
  podtemplates: "PodTemplate",
  priorityclasses: "PriorityClass",
  ranges: "RangeAllocation",
  replicasets: "ReplicaSet",
  resourcequotas: "ResourceQuota",
  rolebindings: "RoleBinding",
  roles: "Role",
  runtimeclasses: "RuntimeClass",
  secrets: "Secret",
  serviceaccounts: "ServiceAccount",
  servicecidrs: "ServiceCIDR",
  specs: "Service",
  statefulsets: "StatefulSet",
  storageclasses: "StorageClass",
  validatingwebhookconfigurations: "ValidatingWebhookConfiguration",
  volumeattachments: "VolumeAttachment",
};

/**
 * Reads `/<prefix>/<resource>/[<namespace>/]<name>`, or `/<prefix>/<group>/<resource>/[<namespace>/]<name>` for groups
 * with a dot (custom resources, aggregated APIs), as `genericregistry.Store` of the API server builds it.
 */
export function parseRegistryKey(key: string): RegistryLocation {
  const [, , ...path] = key.split("/");
  const group = path.length > 2 && path[0]?.includes(".") === true ? path.shift() : undefined;
  // services are the one resource with two parts: services/specs and services/endpoints
  if (path[0] === "services" && path.length > 2) path.shift();
  const resource = path.shift() ?? "";
  const name = path.pop();
  const kind = KINDS[resource] ?? (group === undefined ? resource : `${resource}.${group}`);
  return { kind, namespace: path.length === 1 ? path[0] : undefined, name };
}
