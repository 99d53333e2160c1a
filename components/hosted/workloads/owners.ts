import type { KubeWorkload, ManagedFields, OwnerReference } from "./kubeWorkload";

/** The last write of a workload's number of replicas, where its field owners say it. */
export function lastScaledBy({ metadata }: Pick<KubeWorkload, "metadata">): ManagedFields | undefined {
  return (metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined)
    .reduce<ManagedFields | undefined>(
      (last, entry) => (last === undefined || (entry.time ?? "") >= (last.time ?? "") ? entry : last),
      undefined,
    );
}

const ownerName = ({ kind, name, apiVersion }: OwnerReference): string => `${kind} ${name} (${apiVersion})`;

/** Who says that a workload is its own: owners, and what deploys it. */
export function ownersOf({ metadata }: Pick<KubeWorkload, "metadata">): readonly string[] {
  const { ownerReferences = [], labels = {}, annotations = {} } = metadata;
  const owners = ownerReferences.map(ownerName);
  const deployers = [
    labels["app.kubernetes.io/managed-by"],
    annotations["argocd.argoproj.io/tracking-id"] && "Argo CD",
    labels["kustomize.toolkit.fluxcd.io/name"] && "Flux",
    labels["helm.toolkit.fluxcd.io/name"] && "Flux",
  ].filter((tool): tool is string => tool !== undefined && tool !== "");
  return [...owners, ...new Set(deployers)];
}

/**
 * A sentence: who wrote the wanted number and when, what owns the workload, what to pause; "" when nothing says it.
 *
 * @param object that should be at 0 and is not
 */
export function whoScaled(object: Pick<KubeWorkload, "metadata">): string {
  const last = lastScaledBy(object);
  const owners = ownersOf(object);
  const said = [
    last?.manager === undefined ? undefined : `its replicas were set by ${writer(last)}`,
    owners.length === 0 ? undefined : `it belongs to ${owners.join(", ")}`,
  ].filter((part) => part !== undefined);
  return said.length === 0 ? "" : `${said.join("; ")}; ${whatToPause(last, owners)}`;
}

function writer({ manager, subresource, time }: ManagedFields): string {
  return `${manager}${subresource === undefined ? "" : ` (${subresource})`}${time === undefined ? "" : ` at ${time}`}`;
}

/** The controller manager of a cluster scales for autoscalers alone. */
const isAutoscaler = (last: ManagedFields | undefined): boolean =>
  last?.manager === "kube-controller-manager" && last.subresource === "scale";

/** Whether an autoscaler wrote the wanted number last. */
export const isAutoscaled = (object: Pick<KubeWorkload, "metadata">): boolean =>
  isAutoscaler(lastScaledBy(object));

function whatToPause(last: ManagedFields | undefined, owners: readonly string[]): string {
  if (isAutoscaler(last)) return "remove its HorizontalPodAutoscaler for the time of the restore";
  if (owners.length > 0) return `pause what acts for ${owners.join(", ")}`;
  return `pause ${last?.manager}`;
}

/** Tools that people run, and Kubernetes itself, do not scale back on their own. */
const tools = /^(kubectl|helm|pulumi|etcd-recovery|kube-controller-manager)/i;

/** For a person, before anything is stopped: what makes the servers may scale them back as soon as they are stopped. */
export function keeperNote(
  workload: string,
  { metadata }: Pick<KubeWorkload, "metadata">,
): readonly string[] {
  const owners = (metadata.ownerReferences ?? []).map(ownerName);
  const manager = lastScaledBy({ metadata })?.manager;
  const keeper =
    owners.length > 0
      ? `belongs to ${owners.join(", ")}`
      : manager !== undefined && !tools.test(manager) && `has its replicas from ${manager}`;
  if (!keeper) return [];
  const remedy =
    "pulumi config set --path 'overrides.controllers[0]' discover; pulumi config set --path 'overrides.controllers[1]' NAMESPACE/Kind/name";
  return [
    `${workload} ${keeper}: what acts for it may scale it back. To stop that first, wherever it is: ${remedy}`,
  ];
}
