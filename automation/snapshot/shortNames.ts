/**
 * kubectl's short names of built-in kinds, and the resource they stand for, which kubectl takes as well. An API server
 * tells them (`kubectl api-resources`); a snapshot does not hold them. test/etcd compares them with a real one.
 */
const shortNames: readonly (readonly [kind: string, resource: string, ...short: string[]])[] = [
  ["CertificateSigningRequest", "certificatesigningrequests", "csr"],
  ["ComponentStatus", "componentstatuses", "cs"],
  ["ConfigMap", "configmaps", "cm"],
  ["CronJob", "cronjobs", "cj"],
  ["CustomResourceDefinition", "customresourcedefinitions", "crd", "crds"],
  ["DaemonSet", "daemonsets", "ds"],
  ["Deployment", "deployments", "deploy"],
  ["Endpoints", "endpoints", "ep"],
  ["Event", "events", "ev"],
  ["HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa"],
  ["Ingress", "ingresses", "ing"],
  ["IPAddress", "ipaddresses", "ip"],
  ["LimitRange", "limitranges", "limits"],
  ["Namespace", "namespaces", "ns"],
  ["NetworkPolicy", "networkpolicies", "netpol"],
  ["Node", "nodes", "no"],
  ["PersistentVolume", "persistentvolumes", "pv"],
  ["PersistentVolumeClaim", "persistentvolumeclaims", "pvc"],
  ["Pod", "pods", "po"],
  ["PodDisruptionBudget", "poddisruptionbudgets", "pdb"],
  ["PriorityClass", "priorityclasses", "pc"],
  ["ReplicaSet", "replicasets", "rs"],
  ["ReplicationController", "replicationcontrollers", "rc"],
  ["ResourceQuota", "resourcequotas", "quota"],
  ["Service", "services", "svc"],
  ["ServiceAccount", "serviceaccounts", "sa"],
  ["StatefulSet", "statefulsets", "sts"],
  ["StorageClass", "storageclasses", "sc"],
  ["VolumeAttributesClass", "volumeattributesclasses", "vac"],
];

/** Every short name with its resource. */
export const resourceOfShortName: ReadonlyMap<string, string> = new Map(
  shortNames.flatMap(([, resource, ...short]) => short.map((name) => [name, resource] as const)),
);

const kinds = new Map(shortNames.flatMap(([kind, ...names]) => names.map((name) => [name, kind] as const)));

/**
 * The kind that a person means: `deploy`, `deployments` and `deploy.apps` are `Deployment`, `Deployment` and
 * `Deployment.apps`; others stay as they are, and so does a resource with its group, which another kind may have.
 */
export function kindNamed(text: string): string {
  const [name = "", ...group] = text.split(".");
  const known = name.toLowerCase();
  if (group.length > 0 && !resourceOfShortName.has(known)) return text;
  return [kinds.get(known) ?? name, ...group].join(".");
}
