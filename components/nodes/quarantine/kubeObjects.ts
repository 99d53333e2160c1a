import { z } from "zod";
import type { ScaledWorkload, WorkloadPod } from "../../procedure/fence";
import type { quarantinedKinds } from "../../procedure/quarantineRecord";

/** What of a Kubernetes object counts here. */
const metadata = z.object({
  name: z.string(),
  namespace: z.string().default(""),
  uid: z.string().default(""),
  resourceVersion: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  finalizers: z.array(z.string()).default([]),
  ownerReferences: z
    .array(
      z.object({ kind: z.string(), name: z.string(), uid: z.string(), controller: z.boolean().optional() }),
    )
    .default([]),
});
const expression = z.object({
  key: z.string(),
  operator: z.string(),
  values: z.array(z.string()).default([]),
});
const selector = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z.array(expression).default([]),
});
export const scaledSchema = z.object({
  metadata,
  spec: z.object({ replicas: z.number().int().default(1), selector: selector.optional() }),
});
export const podSchema = z.object({ metadata });
export type KubeScaled = z.infer<typeof scaledSchema>;
export type KubePod = z.infer<typeof podSchema>;

export type ScaledKind = (typeof quarantinedKinds)[number];
/** A workload of a kind. */
export interface KindOf {
  readonly kind: ScaledKind;
  readonly object: KubeScaled;
}

const ownerOf = ({ metadata: { ownerReferences } }: KubePod) =>
  ownerReferences.find(({ controller }) => controller === true);

export function scaledWorkload({ kind, object }: KindOf): ScaledWorkload {
  const { metadata: own, spec } = object;
  const owner = ownerOf(object);
  return {
    name: `${own.namespace}/${kind}/${own.name}`,
    replicas: spec.replicas,
    ...(owner === undefined ? {} : { owner: `${owner.kind}/${owner.name}` }),
  };
}

/** ReplicaSets that carry out a Deployment. */
export const replicaSetsOf = (uid: string, replicaSets: readonly KubeScaled[]): readonly KubeScaled[] =>
  replicaSets.filter((one) => ownerOf(one)?.uid === uid);

/** Pods that one of these controls, and such as nobody controls and their selector would take over. */
export function podsAmong(pods: readonly KubePod[], owners: readonly KubeScaled[]): readonly KubePod[] {
  return pods.filter((pod) => {
    const owner = ownerOf(pod);
    return owners.some(({ metadata: own, spec }) =>
      owner === undefined ? isSelected(spec.selector, pod.metadata.labels) : owner.uid === own.uid,
    );
  });
}

export const workloadPod = ({ metadata: own }: KubePod): WorkloadPod => ({
  ...{ name: `${own.namespace}/${own.name}`, uid: own.uid, finalizers: own.finalizers },
});

/** As Kubernetes has it; an empty selector selects nothing here. */
function isSelected(
  wanted: z.infer<typeof selector> | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (wanted === undefined) return false;
  const { matchLabels, matchExpressions } = wanted;
  const all = Object.entries(matchLabels);
  if (all.length + matchExpressions.length === 0) return false;
  return (
    all.every(([key, value]) => labels[key] === value) && matchExpressions.every((one) => holds(one, labels))
  );
}

function holds(
  { key, operator, values }: z.infer<typeof expression>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
