import { type Refusal, refused } from "../../procedure/refusal";
import type { KubeWorkload } from "../workloads/kubeWorkload";

/** A StatefulSet's revisions. */
export interface RolloutFacts {
  readonly namespace: string;
  readonly statefulSet: string;
  readonly current: string | undefined;
  readonly update: string | undefined;
  /** Pods get a new template only when somebody deletes them. */
  readonly onDelete: boolean;
  /** Pods of a lower ordinal keep the template of before; 0: none do. */
  readonly partition: number;
}

export function rolloutFacts(namespace: string, { metadata, spec, status = {} }: KubeWorkload): RolloutFacts {
  return {
    namespace,
    statefulSet: metadata.name,
    current: status.currentRevision,
    update: status.updateRevision,
    onDelete: spec.updateStrategy?.type === "OnDelete",
    partition: spec.updateStrategy?.rollingUpdate?.partition ?? 0,
  };
}

const isUnfinished = ({ current, update }: RolloutFacts): boolean =>
  current !== undefined && update !== undefined && current !== update;

/** From 0 every Pod starts with the newest template: an unfinished rollout would be finished by the restore. */
export function judgeRollout(facts: RolloutFacts): Refusal | undefined {
  const { statefulSet, current, update, onDelete, partition } = facts;
  if (!isUnfinished(facts) || onDelete) return undefined;
  // With 0 of 0 Pods updated Kubernetes takes a rollout for finished, whatever its partition.
  const state = partition > 0 ? `a rollout is held at partition ${partition}` : "a rollout is unfinished";
  return refused(
    "rollout-unfinished",
    `StatefulSet ${statefulSet}: ${state} (from ${current} to ${update}): from 0 all its Pods would start with the new template`,
    remedyOf(facts),
  );
}

function remedyOf({ namespace, statefulSet, partition }: RolloutFacts): string {
  const kubectl = `kubectl --namespace ${namespace}`;
  const none = JSON.stringify({ spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
  const end =
    partition > 0
      ? `${kubectl} patch statefulset ${statefulSet} --type=merge -p '${none}', then rollout status`
      : "rollout status";
  return `Take it back: ${kubectl} rollout undo statefulset ${statefulSet}   (or let it end: ${end})`;
}

/** For a person: what will start. */
export function noteRollout(facts: RolloutFacts): string | undefined {
  const { statefulSet, current, update, onDelete } = facts;
  if (!isUnfinished(facts) || !onDelete) return undefined;
  return `StatefulSet ${statefulSet}: its Pods have template ${current} and start with ${update} (OnDelete)`;
}
