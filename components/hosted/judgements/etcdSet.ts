import { misset, type Refusal, refused } from "../../procedure/refusal";
import { listed } from "./nearest";

/** What is known of etcd's StatefulSet and the configured members. */
export interface MembersFacts {
  readonly namespace: string;
  readonly statefulSet: string;
  /** undefined: there is no such StatefulSet. */
  readonly replicas: number | undefined;
  /** As the configuration says. */
  readonly members: number;
  /** Names of StatefulSets that may have been meant. */
  readonly near: readonly string[];
}

/** The StatefulSet must be there, with as many members as the configuration says. */
export function judgeMembers(facts: MembersFacts): Refusal | undefined {
  const { namespace, statefulSet, replicas, members, near } = facts;
  if (replicas === undefined)
    return misset(
      "no-statefulset",
      `namespace ${namespace}: no StatefulSet ${statefulSet}; it has: ${listed(near)}`,
      "pulumi config set --path overrides.etcd.statefulSet NAME",
    );
  if (replicas === members) return undefined;
  return refused(
    "members-differ",
    `members: StatefulSet ${statefulSet} has ${replicas} replicas, the configuration says ${members}`,
    `kubectl --namespace ${namespace} scale statefulset ${statefulSet} --replicas=${members}   (or: pulumi config set members N)`,
  );
}

/** Scaling to 0 must not delete the volumes. */
export function judgeRetention(
  namespace: string,
  statefulSet: string,
  whenScaled: string | undefined,
): Refusal | undefined {
  if (whenScaled !== "Delete") return undefined;
  const retain = JSON.stringify({ spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: "Retain" } } });
  return refused(
    "retention",
    `StatefulSet ${statefulSet}: persistentVolumeClaimRetentionPolicy.whenScaled is Delete: scaling to 0 would delete the data`,
    `kubectl --namespace ${namespace} patch statefulset ${statefulSet} --type=merge -p '${retain}'`,
  );
}

/** Members are counted from 0: with others the restore would leave one out, on its old data. */
export function judgeOrdinals(statefulSet: string, start = 0): Refusal | undefined {
  if (start === 0) return undefined;
  return refused(
    "ordinals",
    `StatefulSet ${statefulSet}: spec.ordinals.start is ${start}: its members are not ${statefulSet}-0 and what follows, which are all that this program knows`,
    "Restore it by hand, or with a StatefulSet that counts from 0.",
  );
}

/** etcd's container must be the one that the configuration names. */
export function judgeContainer(
  statefulSet: string,
  container: string,
  containers: readonly string[],
): Refusal | undefined {
  if (containers.includes(container)) return undefined;
  return misset(
    "no-container",
    `StatefulSet ${statefulSet}: no container ${container}; it has: ${listed(containers)}`,
    "pulumi config set --path overrides.etcd.container NAME",
  );
}

/** A repair needs a quorum beside the member. */
export function judgeRepairable(members: number, member: string): Refusal | undefined {
  if (members >= 3) return undefined;
  return refused(
    "repair-alone",
    `members: with ${members} there is no quorum without ${member}`,
    "Restore it: pulumi config rm --path restore.repair; pulumi config set --path restore.snapshot FILE",
  );
}

/** Kubernetes takes no subPath in the container that a repair adds to the Pod for a moment. */
export function judgeSubPath(statefulSet: string, mountPath: string | undefined): Refusal | undefined {
  if (mountPath === undefined) return undefined;
  return refused(
    "sub-path",
    `StatefulSet ${statefulSet}: ${mountPath} is mounted by subPath: a repair cannot mount it again`,
    "Restore the cluster from a snapshot, or replace the member by hand.",
  );
}
