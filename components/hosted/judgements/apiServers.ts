import { misset, type Refusal, refused } from "../../procedure/refusal";
import { listed } from "./nearest";

/** What is known of the StatefulSet of the API servers. */
export interface ApiServerFacts {
  readonly namespace: string;
  readonly statefulSet: string;
  /** undefined: there is no such StatefulSet. */
  readonly replicas: number | undefined;
  /** As the configuration gives it for one that is at 0. */
  readonly given: number | undefined;
  /** Names of StatefulSets that may have been meant. */
  readonly near: readonly string[];
}

/** The API servers must be there, and it must be known how many they are when they are well. */
export function judgeApiServers({
  namespace,
  statefulSet,
  replicas,
  given,
  near,
}: ApiServerFacts): Refusal | undefined {
  if (replicas === undefined)
    return misset(
      "no-api-servers",
      `namespace ${namespace}: no StatefulSet ${statefulSet}; it has: ${listed(near)}`,
      "pulumi config set --path overrides.apiServer.statefulSet NAME",
    );
  if (replicas > 0 || given !== undefined) return undefined;
  return refused(
    "api-servers-idle",
    `StatefulSet ${statefulSet} is at 0 replicas and no ledger says how many it should have`,
    `kubectl --namespace ${namespace} scale statefulset ${statefulSet} --replicas=N   (the number it had before; or: pulumi config set --path 'restore.replicas["StatefulSet/${statefulSet}"]' N)`,
  );
}
