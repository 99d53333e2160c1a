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
}

export function rolloutFacts(namespace: string, { metadata, spec, status = {} }: KubeWorkload): RolloutFacts {
  return {
    namespace,
    statefulSet: metadata.name,
    current: status.currentRevision,
    update: status.updateRevision,
    onDelete: spec.updateStrategy?.type === "OnDelete",
  };
}

const isUnfinished = ({ current, update }: RolloutFacts): boolean =>
  current !== undefined && update !== undefined && current !== update;

/** From 0 every Pod starts with the newest template: an unfinished rollout would be finished by the restore. */
export function judgeRollout(facts: RolloutFacts): Refusal | undefined {
  const { namespace, statefulSet, current, update, onDelete } = facts;
  if (!isUnfinished(facts) || onDelete) return undefined;
  return refused(
    "rollout-unfinished",
    `StatefulSet ${statefulSet}: a rollout is unfinished (from ${current} to ${update}): from 0 all its Pods would start with the new template`,
    `Take it back: kubectl --namespace ${namespace} rollout undo statefulset ${statefulSet}   (or let it end: rollout status)`,
  );
}

/** For a person: what will start. */
export function noteRollout(facts: RolloutFacts): string | undefined {
  const { statefulSet, current, update, onDelete } = facts;
  if (!isUnfinished(facts) || !onDelete) return undefined;
  return `StatefulSet ${statefulSet}: its Pods have template ${current} and start with ${update} (OnDelete)`;
}
