import { errorOf, failed } from "../../procedure/refusal";
import type { HostedContext } from "../hostedContext";
import { collections, type KubePod } from "../kubePod";
import { podState } from "../podTrouble";
import { commandOf } from "./runInPod";
import { poll, type Timings } from "./timings";
import {
  canWork,
  hasEnded,
  hostnameOf,
  isKept,
  isRevived,
  isRunning,
  listUtilityPods,
  memberOf,
  UTILITY_CONTAINER,
} from "./utilityPodList";

/** Members whose volume a utility Pod of this operation holds, or will hold when it starts. */
export async function heldMembers(context: HostedContext): Promise<readonly string[]> {
  const holding = (await listUtilityPods(context)).filter((pod) => !hasEnded(pod));
  return [...new Set(holding.map(memberOf))].filter((member) => member !== "").sort();
}

/**
 * Ends the utility Pods of these members, and waits until none is left that holds a volume, or could hold one when it
 * starts. Each is asked to end; what does not within the time is deleted, never by force.
 *
 * @throws FailedError that names those that stay
 */
export async function releaseVolumes(
  context: HostedContext,
  members: readonly string[],
  times: Timings,
): Promise<void> {
  const asked = new Set<string>();
  const over = new Set<string>();
  let holding: readonly KubePod[] = [];
  const remove = async (pods: readonly KubePod[]) => {
    await Promise.all(pods.map(({ metadata }) => deletePod(context, metadata.name)));
  };
  const free = async (): Promise<boolean> => {
    const pods = await listUtilityPods(context);
    holding = pods.filter((pod) => members.includes(memberOf(pod)) && !hasEnded(pod));
    const living = pods.filter(isRunning).map(hostnameOf);
    // What the cluster put beside their container does not end with it.
    const kept = holding.filter((pod) => isKept(pod) && !over.has(pod.metadata.name));
    for (const { metadata } of kept) over.add(metadata.name);
    void remove(kept);
    const fresh = holding.filter(({ metadata }) => !asked.has(metadata.name));
    for (const pod of fresh) {
      if (canWork(pod))
        void askToEnd(context, pod, living).then((ends) => (ends ? undefined : remove([pod])));
      // Nobody waits any more for one that a step made and that has not started.
      else if (isRevived(pod)) void remove([pod]);
      else continue;
      asked.add(pod.metadata.name);
    }
    return holding.length === 0;
  };
  // A question that fails is asked again; not answered is never taken for free.
  let unasked: unknown;
  const known = async (): Promise<boolean> => {
    unasked = undefined;
    return free().catch((cause: unknown) => {
      unasked = cause;
      return false;
    });
  };
  if (!(await poll(times.release, times.pollMs, known))) {
    if (holding.length > 0)
      context.say(`utility Pods that did not end by themselves are deleted: ${namesOf(holding)}`);
    await remove(holding);
    if (!(await poll(times.release, times.pollMs, known))) throw unasked ?? stillHeld(context, holding);
  }
  const ended = (await listUtilityPods(context)).filter(
    (pod) => members.includes(memberOf(pod)) && isRevived(pod),
  );
  await remove(ended);
}

/** Whether the Pod's process 1 was told. One that ends before its answer is through has been told. */
async function askToEnd(
  { client, namespace, id }: HostedContext,
  pod: KubePod,
  living: readonly string[],
): Promise<boolean> {
  const command = commandOf({ script: "end.sh", argv: [id] }, living);
  try {
    const { code } = await client.exec({
      namespace,
      pod: pod.metadata.name,
      container: UTILITY_CONTAINER,
      command,
      seconds: 30,
    });
    // Scripts of an older program have no such word; whoever was killed with its Pod has been heard.
    return code === 0 || code >= 128;
  } catch {
    return true;
  }
}

export async function deletePod({ client, namespace }: HostedContext, name: string): Promise<void> {
  await client.delete(`${collections.pods(namespace)}/${name}`).catch(() => undefined);
}

const namesOf = (pods: readonly KubePod[]): string => pods.map(({ metadata }) => metadata.name).join(" ");

function stillHeld({ namespace }: HostedContext, pods: readonly KubePod[]): Error {
  const states = pods.map((pod) => `${pod.metadata.name} (${podState(pod)})`).join(", ");
  return errorOf(
    failed(
      "utility-held",
      `utility Pods do not let go of the members' volumes: ${states}`,
      `A Pod stays while its node does not answer. Mend the node, then 'pulumi up' goes on; never delete it by force. Look: kubectl --namespace ${namespace} describe pods ${namesOf(pods)}`,
    ),
  );
}
