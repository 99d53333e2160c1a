import type { Refusal } from "../procedure/refusal";
import type { HostedContext } from "./hostedContext";
import { judgeOrdinals, judgeRetention } from "./judgements/etcdSet";
import { judgeRollout, noteRollout, rolloutFacts } from "./judgements/rollout";
import type { KubeWorkload } from "./workloads/kubeWorkload";

/** What one subject has to say. */
export interface Said {
  readonly refusals: readonly (Refusal | undefined)[];
  readonly notes: readonly (string | undefined)[];
}

/** Whether etcd's StatefulSet may be taken to 0 at all; it can change at any time. */
export function judgeEtcdSet(
  { namespace }: Pick<HostedContext, "namespace">,
  { metadata: { name }, spec }: KubeWorkload,
): readonly (Refusal | undefined)[] {
  return [
    judgeRetention(namespace, name, spec.persistentVolumeClaimRetentionPolicy?.whenScaled),
    judgeOrdinals(name, spec.ordinals?.start),
  ];
}

/** What would start from 0. */
export function judgeRollouts(
  { namespace }: Pick<HostedContext, "namespace">,
  sets: readonly (KubeWorkload | undefined)[],
): Said {
  const facts = sets.flatMap((set) => (set === undefined ? [] : [rolloutFacts(namespace, set)]));
  return { refusals: facts.map(judgeRollout), notes: facts.map(noteRollout) };
}
