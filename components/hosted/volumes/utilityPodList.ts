import type { HostedContext } from "../hostedContext";
import { type ContainerStatus, collections, type KubeList, type KubePod } from "../kubePod";

/** Labels of what an operation made for itself. */
export const labels = {
  managedBy: "app.kubernetes.io/managed-by",
  /** Id of the operation. */
  restore: "etcd-recovery/restore",
  member: "etcd-recovery/member",
  /** Made by a step, and so in no stack's state. */
  revived: "etcd-recovery/revived",
} as const;

export const UTILITY_CONTAINER = "etcd-utility";

/** Utility Pods of this operation, the oldest first. @param member default: of all members */
export async function listUtilityPods(
  { client, namespace, id }: Pick<HostedContext, "client" | "namespace" | "id">,
  member?: string,
): Promise<readonly KubePod[]> {
  const ofMember = member === undefined ? "" : `,${labels.member}=${member}`;
  const query = { labelSelector: `${labels.restore}=${id}${ofMember}` };
  const { items } = await client.get<KubeList<KubePod>>(collections.pods(namespace), { query });
  const made = ({ metadata }: KubePod) => metadata.creationTimestamp ?? "";
  return [...items].sort((a, b) => (made(a) < made(b) ? -1 : made(a) > made(b) ? 1 : 0));
}

export const memberOf = ({ metadata }: KubePod): string => metadata.labels?.[labels.member] ?? "";

export const isRevived = ({ metadata }: KubePod): boolean => metadata.labels?.[labels.revived] === "true";

export const isEnding = ({ metadata }: KubePod): boolean => metadata.deletionTimestamp !== undefined;

/** Its containers have ended for good: it holds no volume. */
export const hasEnded = ({ status }: KubePod): boolean =>
  status?.phase === "Succeeded" || status?.phase === "Failed";

const own = ({ status }: KubePod): ContainerStatus | undefined =>
  status?.containerStatuses?.find(({ name }) => name === UTILITY_CONTAINER);

/** How its own container has ended; undefined while it has not. */
export const endOfOwn = (pod: KubePod) => own(pod)?.state?.terminated;

/** Nothing can be done in it any more. What the cluster has put beside its container may keep it, and the volume. */
export const isDone = (pod: KubePod): boolean => hasEnded(pod) || endOfOwn(pod) !== undefined;

/** It does not end by itself, and holds its volume: its own container has ended, one that the cluster put beside it has not. */
export const isKept = (pod: KubePod): boolean =>
  !hasEnded(pod) &&
  endOfOwn(pod) !== undefined &&
  (pod.status?.containerStatuses ?? []).some(
    ({ name, state }) => name !== UTILITY_CONTAINER && state?.terminated === undefined,
  );

/** A script in it may be at work, also while it is ending. */
export const isRunning = (pod: KubePod): boolean => pod.status?.phase === "Running" && !isDone(pod);

/**
 * The name that a Pod has for itself, by which it writes down that it holds a volume's lock: the kubelet cuts a longer one,
 * and what then stands at its end.
 */
export const hostnameOf = ({ metadata }: KubePod): string => metadata.name.slice(0, 63).replace(/[-.]+$/, "");

/** A script can be run in it. */
export const canWork = (pod: KubePod): boolean => isRunning(pod) && !isEnding(pod);

/** The Pod that a script is run in. */
export function workingPod(pods: readonly KubePod[], member: string): KubePod | undefined {
  return pods.find((pod) => memberOf(pod) === member && canWork(pod));
}
