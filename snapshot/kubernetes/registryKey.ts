/** What the key of an object says about it, for values that do not say it themselves. */
export interface RegistryLocation {
  /** The kind for built-in resources; else the resource as written in the key, such as `widgets.example.com`. */
  readonly kind: string;
  /** As the key has it: empty for built-in resources, whose keys do not say their groups. */
  readonly group: string;
  /** As the key has it, such as `pods`; `specs` for Services and `minions` for Nodes. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** Kinds by the resource in the key, with its group where the key has one. Nodes and replication controllers keep the names they had before Kubernetes 1.0. */
const KINDS: Readonly<Record<string, string>> = {
  "apiextensions.k8s.io/customresourcedefinitions": "CustomResourceDefinition",
  "apiregistration.k8s.io/apiservices": "APIService",
  certificatesigningrequests: "CertificateSigningRequest",
  clusterrolebindings: "ClusterRoleBinding",
  clusterroles: "ClusterRole",
  clustertrustbundles: "ClusterTrustBundle",
  configmaps: "ConfigMap",
  controllerrevisions: "ControllerRevision",
  controllers: "ReplicationController",
  cronjobs: "CronJob",
  csidrivers: "CSIDriver",
  csinodes: "CSINode",
  csistoragecapacities: "CSIStorageCapacity",
  daemonsets: "DaemonSet",
  deployments: "Deployment",
  deviceclasses: "DeviceClass",
  endpoints: "Endpoints",
  endpointslices: "EndpointSlice",
  events: "Event",
  flowschemas: "FlowSchema",
  horizontalpodautoscalers: "HorizontalPodAutoscaler",
  ingress: "Ingress",
  ingressclasses: "IngressClass",
  ipaddresses: "IPAddress",
  jobs: "Job",
  leasecandidates: "LeaseCandidate",
  leases: "Lease",
  limitranges: "LimitRange",
  masterleases: "Endpoints",
  minions: "Node",
  mutatingadmissionpolicies: "MutatingAdmissionPolicy",
  mutatingadmissionpolicybindings: "MutatingAdmissionPolicyBinding",
  mutatingwebhookconfigurations: "MutatingWebhookConfiguration",
  namespaces: "Namespace",
  networkpolicies: "NetworkPolicy",
  peerserverleases: "Endpoints",
  persistentvolumeclaims: "PersistentVolumeClaim",
  persistentvolumes: "PersistentVolume",
  podcertificaterequests: "PodCertificateRequest",
  poddisruptionbudgets: "PodDisruptionBudget",
  pods: "Pod",
  podtemplates: "PodTemplate",
  priorityclasses: "PriorityClass",
  prioritylevelconfigurations: "PriorityLevelConfiguration",
  ranges: "RangeAllocation",
  replicasets: "ReplicaSet",
  resourceclaims: "ResourceClaim",
  resourceclaimtemplates: "ResourceClaimTemplate",
  resourcequotas: "ResourceQuota",
  resourceslices: "ResourceSlice",
  rolebindings: "RoleBinding",
  roles: "Role",
  runtimeclasses: "RuntimeClass",
  secrets: "Secret",
  serviceaccounts: "ServiceAccount",
  servicecidrs: "ServiceCIDR",
  specs: "Service",
  statefulsets: "StatefulSet",
  storageclasses: "StorageClass",
  storageversionmigrations: "StorageVersionMigration",
  storageversions: "StorageVersion",
  validatingadmissionpolicies: "ValidatingAdmissionPolicy",
  validatingadmissionpolicybindings: "ValidatingAdmissionPolicyBinding",
  validatingwebhookconfigurations: "ValidatingWebhookConfiguration",
  volumeattachments: "VolumeAttachment",
  volumeattributesclasses: "VolumeAttributesClass",
};

/** Resources by which kubectl knows what the registry keeps under another name. */
const PLURALS: Readonly<Record<string, string>> = {
  controllers: "replicationcontrollers",
  ingress: "ingresses",
  minions: "nodes",
  specs: "services",
};

/**
 * Reads `/<prefix>/<resource>/[<namespace>/]<name>`, or `/<prefix>/<group>/<resource>/[<namespace>/]<name>` for groups
 * with a dot (custom resources, aggregated APIs), as `genericregistry.Store` of the API server builds it. A prefix has
 * one part; another one than the usual may have more, where that is the only way to read a resource out of the key.
 */
export function parseRegistryKey(key: string): RegistryLocation {
  const path = behindPrefix(key);
  const group = path.length > 2 && path[0]?.includes(".") === true ? (path.shift() ?? "") : "";
  // services are the one resource with two parts: services/specs and services/endpoints
  if (group === "" && path[0] === "services" && path.length > 2) path.shift();
  const resource = path.shift() ?? "";
  const name = path.pop();
  const namespace = path.length === 1 ? path[0] : undefined;
  const kind = builtInKind(group, resource) ?? (group === "" ? resource : `${resource}.${group}`);
  return { kind, group, resource, namespace, name };
}

/** The parts of a key behind its prefix. */
function behindPrefix(key: string): string[] {
  const [, prefix = "", ...path] = key.split("/");
  if (USUAL_PREFIXES.has(prefix)) return path;
  const start = path.findIndex((_, n) => isObjectPath(path.slice(n)));
  return path.slice(Math.max(start, 0));
}

/** Whether parts of a key are a resource that is known, or of a group with a dot, with the names of an object behind it. */
function isObjectPath([first = "", second = "", ...rest]: readonly string[]): boolean {
  const names = rest.length;
  if (first.includes(".") || first === "services") return second !== "" && (names === 1 || names === 2);
  return builtInKind("", first) !== undefined && second !== "" && names < 2;
}

/** The kind under a resource of the API server itself, which no custom resource can be; undefined for others. */
export function builtInKind(group: string, resource: string): string | undefined {
  const path = group === "" ? resource : `${group}/${resource}`;
  return Object.hasOwn(KINDS, path) ? KINDS[path] : undefined;
}

/** The resource as kubectl names it, such as `services` or `widgets.example.com`. */
export function resourceName({ group, resource }: Pick<RegistryLocation, "group" | "resource">): string {
  const plural = group === "" && Object.hasOwn(PLURALS, resource) ? PLURALS[resource] : resource;
  return group === "" ? `${plural}` : `${plural}.${group}`;
}

/** Prefixes of the API servers of Kubernetes and of OpenShift (`--etcd-prefix` may set any other). */
const USUAL_PREFIXES = new Set(["registry", "kubernetes.io", "openshift.io"]);

/** Whether a key has the form of an object's; under another prefix than the usual ones many things have. */
export function isRegistryKey(key: string, anyPrefix: boolean): boolean {
  const [first, prefix = "", ...path] = key.split("/");
  return (
    first === "" &&
    path.length > 1 &&
    path.every((part) => part !== "") &&
    (anyPrefix || USUAL_PREFIXES.has(prefix))
  );
}
