import { errorOf, failed, refused } from "../../procedure/refusal";
import type { HostedContext } from "../hostedContext";
import type { KubePod } from "../kubePod";
import { eventsOf, podState, podTrouble } from "../podTrouble";
import { poll, type Timings } from "./timings";
import { isDone, labels, listUtilityPods, workingPod } from "./utilityPodList";

/** Words that say that a Pod cannot start as things are; the rest of what it says is progress. */
const NO_START =
  /Unschedulable|ErrImage|ImagePullBackOff|InvalidImageName|CreateContainer[A-Za-z]*Error|RunContainerError|CrashLoopBackOff|FailedMount|FailedAttachVolume|Multi-Attach/;

/** Whether what a Pod and its events say does not mend itself. */
export async function cannotStart(context: HostedContext, pod: KubePod): Promise<boolean> {
  if (NO_START.test(podState(pod))) return true;
  return NO_START.test((await eventsOf(context, pod.metadata.name)).join("\n"));
}

/**
 * Waits until the utility Pod of a member runs. Pulumi counts it as created as soon as it is there: waiting for it to be
 * ready, the engine would say only that it was not.
 *
 * @throws RefusedError for an image that cannot serve; FailedError for any other reason
 */
export async function awaitUtility(context: HostedContext, member: string, times: Timings): Promise<void> {
  let pending: KubePod | undefined;
  let since: number | undefined;
  const settled = async (): Promise<boolean> => {
    const pods = await listUtilityPods(context, member);
    if (workingPod(pods, member) !== undefined) return true;
    pending = pods.findLast(({ status }) => status?.phase !== "Succeeded");
    if (pending === undefined || isDone(pending)) return true;
    if (!(await cannotStart(context, pending))) {
      since = undefined;
      return false;
    }
    since ??= performance.now();
    return performance.now() - since >= times.trouble * 1000;
  };
  await poll(times.start, Math.max(times.pollMs, 500), settled);
  if (workingPod(await listUtilityPods(context, member), member) !== undefined) return;
  const trouble = await podTrouble(context, pending?.metadata.name ?? `for member ${member}`);
  context.say(`the utility Pod of ${member} does not start. ${trouble.join("\n")}`);
  throw await noUtility(context, member);
}

/** Why a member has no utility Pod that runs, and how Pulumi makes one anew. */
export async function noUtility(context: HostedContext, member: string): Promise<Error> {
  const { namespace, id, request } = context;
  const image = request.utilityImage ?? "its image";
  const anew = `kubectl --namespace ${namespace} delete pods -l ${labels.restore}=${id},${labels.member}=${member} && pulumi up --refresh`;
  const pods = await listUtilityPods(context, member);
  const state = (pods.flatMap(containerWords).at(-1) ?? "").slice(0, 300);
  if (/\/bin\/sh.*(no such file|not found)/.test(state)) {
    return errorOf(
      refused(
        "utility-no-shell",
        `utilityImage: ${image} has no shell: its Pod of ${member} cannot run /bin/sh`,
        `Name one with a shell (its etcdutl may be missing: pulumi config set --path restore.etcdutl PATH): pulumi config set utilityImage IMAGE && ${anew}`,
      ),
    );
  }
  if (/ImagePull|ErrImage|InvalidImageName/.test(state)) {
    return errorOf(
      refused(
        "utility-no-image",
        `utilityImage: ${image} does not come to the node of ${member}: ${state}`,
        `Name one that this node has or can pull: pulumi config set utilityImage IMAGE && ${anew}`,
      ),
    );
  }
  const newest = pods.at(-1);
  const events = newest === undefined ? [] : await eventsOf(context, newest.metadata.name);
  const said = [...events, state].filter((text) => text !== "").join("; ");
  return errorOf(
    failed(
      "utility-not-running",
      `no utility Pod of ${member} is running: ${said || "there is none"}`,
      `Remove the dead one, let Pulumi make it anew: ${anew}`,
    ),
  );
}

/** What a Pod's containers wait for or ended with, "REASON: MESSAGE" each, on one line. */
function containerWords({ status }: KubePod): string[] {
  return (status?.containerStatuses ?? []).flatMap(({ state }) => {
    const said = [state?.waiting, state?.terminated].filter((part) => part !== undefined);
    return said.map(({ reason, message = "" }) => `${reason}: ${message.replace(/\s+/g, " ")}`.trim());
  });
}
