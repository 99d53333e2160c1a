import type { FoundWorkload } from "../../procedure/ledgerRecord";
import type { HostedContext } from "../hostedContext";
import { collections, type KubeList, type KubePod } from "../kubePod";
import {
  type KubeWorkload,
  type OwnerReference,
  selectorText,
  type WorkloadName,
  workloadName,
  workloadsPath,
} from "./kubeWorkload";

/** A Pod, with what says whose it is. */
export type OwnedPod = KubePod & {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
};

export type Asked = Pick<HostedContext, "client" | "namespace">;

/** Path of a workload. */
export function workloadPath(
  { namespace }: Pick<Asked, "namespace">,
  { kind, name, namespace: its }: WorkloadName,
): string {
  return `${workloadsPath(kind, its ?? namespace)}/${name}`;
}

/** Longest time of one question. */
export const askSeconds = 15;

/** undefined when there is no such workload. */
export function findWorkload(asked: Asked, which: WorkloadName): Promise<KubeWorkload | undefined> {
  return asked.client.find<KubeWorkload>(workloadPath(asked, which), { seconds: askSeconds });
}

/** Name and place of a workload of the ledger. */
export function placeOf(
  { namespace }: Pick<Asked, "namespace">,
  found: Pick<FoundWorkload, "name" | "namespace">,
): Required<WorkloadName> {
  return {
    namespace,
    ...workloadName(found.name),
    ...(found.namespace === undefined ? {} : { namespace: found.namespace }),
  };
}

/** The Pods of a workload, ending ones too. By the selector that the ledger has, else by the workload's own. */
export async function podsOf(
  asked: Asked,
  found: Pick<FoundWorkload, "name" | "namespace" | "selector">,
): Promise<readonly OwnedPod[]> {
  const place = placeOf(asked, found);
  const selector = found.selector || selectorText((await findWorkload(asked, place))?.spec.selector);
  if (selector === "") return [];
  const { items } = await asked.client.get<KubeList<OwnedPod>>(collections.pods(place.namespace), {
    query: { labelSelector: selector },
    seconds: askSeconds,
  });
  return place.kind === "StatefulSet" ? items.filter((pod) => isOwned(pod, place.name)) : items;
}

/**
 * Whether a StatefulSet of this name made the Pod. One that is deleted with `--cascade=orphan`, as for a change of its
 * volumes, leaves its Pods running, owned by nobody: they are known by their names.
 */
export function isOwned({ metadata }: OwnedPod, statefulSet: string): boolean {
  const { name, ownerReferences = [] } = metadata;
  if (ownerReferences.length === 0)
    return /^-\d+$/.test(name.slice(statefulSet.length)) && name.startsWith(statefulSet);
  return ownerReferences.some((owner) => owner.kind === "StatefulSet" && owner.name === statefulSet);
}

/** Deletes this very Pod, not one of its name that was made since. @param grace seconds; default: the Pod's own */
export async function deletePod(
  asked: Asked,
  namespace: string,
  { metadata }: KubePod,
  grace?: number,
): Promise<void> {
  const { name, uid } = metadata;
  const body = {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(uid === undefined ? {} : { preconditions: { uid } }),
  };
  try {
    await asked.client.delete(`${collections.pods(namespace)}/${name}`, { body, seconds: askSeconds });
  } catch (error) {
    // Gone, or another one has its name: the one that was meant is no more.
    if (!hasKind(error, "notFound", "conflict")) throw error;
  }
}

/** Whether an error is one of the client's of these kinds. */
export function hasKind(error: unknown, ...kinds: readonly string[]): boolean {
  return error instanceof Error && "kind" in error && kinds.includes(String(error.kind));
}
