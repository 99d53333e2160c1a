import { misset, type Refusal, refused } from "../../procedure/refusal";

/** What is known of the claim of a member's data. */
export interface ClaimFacts {
  readonly namespace: string;
  readonly member: string;
  readonly claim: string;
  /** undefined: there is no such claim. */
  readonly found:
    | { readonly phase: string; readonly accessModes: readonly string[]; readonly deleted?: string }
    | undefined;
  /** Claims that the member's Pod mounts. */
  readonly mounted: readonly string[];
  /** A repair mends a claim that is gone in another way. */
  readonly repair: boolean;
}

/** A utility Pod must be able to mount the member's volume beside etcd. */
export function judgeClaim(facts: ClaimFacts): Refusal | undefined {
  const { namespace, claim, found } = facts;
  if (found === undefined) return judgeAbsent(facts);
  if (found.phase !== "Bound")
    return refused(
      "claim-unbound",
      `PersistentVolumeClaim ${claim} is not bound (${found.phase})`,
      `kubectl --namespace ${namespace} describe persistentvolumeclaim ${claim}`,
    );
  if (found.deleted !== undefined) return judgeDeleted(facts, found.deleted);
  if (!found.accessModes.includes("ReadWriteOncePod")) return undefined;
  return refused(
    "claim-single-pod",
    `PersistentVolumeClaim ${claim} is ReadWriteOncePod: a utility Pod cannot mount it beside etcd`,
    "Give it accessMode ReadWriteOnce.",
  );
}

/** Kubernetes keeps it until no Pod uses it: between the stop of etcd and its start there is none. */
function judgeDeleted({ namespace, member, claim, repair }: ClaimFacts, at: string): Refusal {
  return refused(
    "claim-deleted",
    `PersistentVolumeClaim ${claim} was deleted at ${at}, and stays only while a Pod uses it: with the end of its etcd the data of ${member} would go`,
    repair
      ? `Delete Pod ${member}: the StatefulSet makes the claim anew; then repair it.`
      : `Nothing takes a deletion back: keep its volume (kubectl patch persistentvolume NAME -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'), and give a new claim of that name to it. Look: kubectl --namespace ${namespace} describe persistentvolumeclaim ${claim}`,
  );
}

function judgeAbsent({ member, claim, mounted, repair }: ClaimFacts): Refusal {
  if (repair)
    return refused(
      "no-claim",
      `member ${member}: no PersistentVolumeClaim ${claim}`,
      `Delete Pod ${member}: the StatefulSet makes the claim anew. If it has another name: pulumi config set --path overrides.etcd.dataClaim NAME`,
    );
  return misset(
    "no-claim",
    `member ${member}: no PersistentVolumeClaim ${claim}; its Pod mounts: ${mounted.join(" ")}`,
    `pulumi config set --path overrides.etcd.dataClaim NAME   (the claim's name without -${member})`,
  );
}
