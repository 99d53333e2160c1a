/** What this room reads of a StatefulSet, Deployment or DaemonSet, as the API server gives it. */
export interface KubeWorkload {
  readonly metadata: WorkloadMetadata;
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: LabelSelector;
    readonly template?: { readonly spec?: PodTemplate };
    readonly podManagementPolicy?: string;
    readonly serviceName?: string;
    readonly ordinals?: { readonly start?: number };
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
    readonly persistentVolumeClaimRetentionPolicy?: { readonly whenScaled?: string };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly numberReady?: number;
    readonly desiredNumberScheduled?: number;
  };
}

export interface WorkloadMetadata {
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFields[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface ManagedFields {
  readonly manager?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: { readonly "f:spec"?: Readonly<Record<string, unknown>> };
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface PodTemplate {
  readonly containers?: readonly TemplateContainer[];
  readonly initContainers?: readonly (TemplateContainer & { readonly restartPolicy?: string })[];
  readonly volumes?: readonly TemplateVolume[];
  readonly tolerations?: readonly unknown[];
  readonly imagePullSecrets?: readonly unknown[];
  readonly securityContext?: Labelled;
}

/** What SELinux may know a Pod or a container by. */
interface Labelled {
  readonly seLinuxOptions?: unknown;
}

export interface TemplateContainer {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly securityContext?: Labelled;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly subPathExpr?: string;
}

export interface TemplateVolume {
  readonly name: string;
  readonly secret?: SecretSource & { readonly secretName?: string };
  readonly configMap?: { readonly name?: string };
  readonly projected?: {
    readonly sources?: readonly { readonly secret?: SecretSource & { readonly name?: string } }[];
  };
}

export interface SecretSource {
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

export interface Probe {
  readonly httpGet?: { readonly path?: string };
  readonly exec?: { readonly command?: readonly string[] };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

export const kinds = ["Deployment", "StatefulSet", "DaemonSet"] as const;
export type Kind = (typeof kinds)[number];

/** A workload with its kind, which the items of a list do not say. */
export interface Workload {
  readonly kind: Kind;
  readonly object: KubeWorkload;
}

/** Which workload, wherever it is. */
export interface WorkloadName {
  readonly kind: Kind;
  readonly name: string;
  /** Where it is, when not beside etcd. */
  readonly namespace?: string;
}

const resources: Readonly<Record<Kind, string>> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
};

/** Path of all workloads of a kind. */
export const workloadsPath = (kind: Kind, namespace: string): string =>
  `/apis/apps/v1/namespaces/${namespace}/${resources[kind]}`;

/** `Kind/name` or `namespace/Kind/name`; kinds in any case, and in the plural, as kubectl takes them. */
export function parseWorkloadName(text: string): WorkloadName | undefined {
  const parts = text.split("/");
  const name = parts.pop() ?? "";
  const wanted = (parts.pop() ?? "").toLowerCase().replace(/s$/, "");
  const kind = kinds.find((known) => known.toLowerCase() === wanted);
  const [namespace, ...rest] = parts;
  if (kind === undefined || name === "" || rest.length > 0) return undefined;
  return namespace === undefined ? { kind, name } : { kind, name, namespace };
}

/** The same, of a ledger or another place that holds nothing else. */
export function workloadName(text: string): WorkloadName {
  const parsed = parseWorkloadName(text);
  if (parsed === undefined) throw new Error(`${text} is no workload that can be scaled`);
  return parsed;
}

/** Number of instances that a workload should have; Kubernetes takes 1 where it says none. */
export const wantedReplicas = ({ spec }: KubeWorkload): number => spec.replicas ?? 1;

/** Whether the controller has seen the last change. */
export const isSeen = ({ metadata, status = {} }: KubeWorkload): boolean =>
  (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);

/** Instances that are ready, of those that there should be; 0 until the controller has seen the last change. */
export function readinessOf({ kind, object }: Workload): { readonly ready: number; readonly wanted: number } {
  const { status = {} } = object;
  if (kind === "DaemonSet")
    return { ready: status.numberReady ?? 0, wanted: status.desiredNumberScheduled ?? 0 };
  return { ready: isSeen(object) ? (status.readyReplicas ?? 0) : 0, wanted: wantedReplicas(object) };
}

/** A selector as a request takes it. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(",")})`;
  });
  return [...labels, ...expressions].join(",");
}

/** Whether labels fit a selector. One that says nothing fits none: it would be everything's. */
export function isSelected(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Labels = {},
): boolean {
  const equal = Object.entries(matchLabels);
  if (equal.length + matchExpressions.length === 0) return false;
  return (
    equal.every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      return (value !== undefined && values.includes(value)) === (operator === "In");
    })
  );
}

type Labels = Readonly<Record<string, string>>;
