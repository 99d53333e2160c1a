import { type Refusal, refused } from "../../procedure/refusal";

/** What the admin cluster says against a utility Pod. */
export interface AdmissionFacts {
  readonly namespace: string;
  /** kubectl with the kubeconfig, for remedies. */
  readonly kubectl: string;
  /** undefined: nothing, or nobody knows. */
  readonly said: string | undefined;
}

/** What it says, and what mends it. What else may speak against a Pod, as a missing right, is said elsewhere. */
const reasons: readonly (readonly [RegExp, (facts: AdmissionFacts, name: string | undefined) => string])[] = [
  [
    /exceeded quota: ([^\s,]+).*/,
    ({ namespace, kubectl }, name) =>
      `Make room, or raise it for the time of the restore: ${kubectl} --namespace ${namespace} edit resourcequota ${name}`,
  ],
  [
    /failed quota: ([^\s,:]+).*/,
    ({ namespace, kubectl }, name) =>
      `Give the namespace defaults for these by a LimitRange, or take them off the quota for the time of the restore: ${kubectl} --namespace ${namespace} edit resourcequota ${name}`,
  ],
  [
    /(?:minimum|maximum) \S+ usage per (?:Container|Pod) is .*|\S+ max limit to request ratio per (?:Container|Pod) is .*/,
    ({ namespace, kubectl }) =>
      `Change the LimitRange for the time of the restore: ${kubectl} --namespace ${namespace} edit limitrange`,
  ],
  [
    /violates PodSecurity .*/,
    ({ namespace, kubectl }) =>
      `Moving etcd's files needs root: ${kubectl} label namespace ${namespace} pod-security.kubernetes.io/enforce=baseline --overwrite`,
  ],
];

/** A utility Pod must be let into the namespace: found out in the outage, there would be none to go back with. */
export function judgeAdmission(facts: AdmissionFacts): Refusal | undefined {
  const { namespace, said = "" } = facts;
  for (const [pattern, remedy] of reasons) {
    const [sentence, name] = pattern.exec(said) ?? [];
    if (sentence === undefined) continue;
    return refused(
      "utility-not-admitted",
      `namespace ${namespace}: it takes no utility Pod: ${sentence}`,
      remedy(facts, name),
    );
  }
  return undefined;
}
