import { setTimeout as sleep } from "node:timers/promises";
import { errorOf, failed } from "../../procedure/refusal";
import type { Readiness } from "../../procedure/substrate";
import type { KubePod } from "../kubePod";
import { readinessOf, selectorText, type WorkloadName } from "./kubeWorkload";
import { type Asked, deletePod, findWorkload, isOwned, type OwnedPod, podsOf } from "./workloadPods";

/** How long is waited, and how often is asked. */
export interface RestartTimes {
  /** For a workload, or for one Pod of a StatefulSet. */
  readonly seconds: number;
  readonly pollMs: number;
}

/**
 * Makes a workload's Pods anew, without a change of the workload itself: all at once, or those of a StatefulSet one at
 * a time from the last, as its own rollout would; the next only when the one before is ready again.
 */
export async function restartWorkload(
  asked: Asked,
  place: Required<WorkloadName>,
  times: RestartTimes,
): Promise<Readiness> {
  const workload = { name: `${place.kind}/${place.name}`, namespace: place.namespace };
  const live = await findWorkload(asked, place);
  const selector = selectorText(live?.spec.selector);
  if (live === undefined || selector === "")
    throw errorOf(
      failed(
        "not-restarted",
        `${workload.name} is gone, or selects no Pods: nothing was restarted`,
        "Restart it by hand.",
      ),
    );
  const pods = () => podsOf(asked, { ...workload, selector });
  if (place.kind === "StatefulSet") await restartInTurn(asked, place, pods, times);
  else await Promise.all((await pods()).map((pod) => deletePod(asked, place.namespace, pod)));
  return settle(asked, place, times);
}

async function restartInTurn(
  asked: Asked,
  place: Required<WorkloadName>,
  pods: () => Promise<readonly OwnedPod[]>,
  times: RestartTimes,
): Promise<void> {
  const before = (await pods())
    .filter((pod) => isOwned(pod, place.name))
    .sort((a, b) => ordinal(b) - ordinal(a));
  for (const old of before) {
    await deletePod(asked, place.namespace, old);
    const isBack = async () => {
      const now = (await pods()).find(({ metadata }) => metadata.name === old.metadata.name);
      return now !== undefined && now.metadata.uid !== old.metadata.uid && isReady(now);
    };
    // One that does not come back is reason enough to leave the others alone.
    if (!(await within(times, isBack))) return;
  }
}

const ordinal = ({ metadata }: KubePod): number => Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? 0);

const isReady = ({ status }: KubePod): boolean =>
  (status?.conditions ?? []).some((condition) => condition.type === "Ready" && condition.status === "True");

/** Waits until all are ready; what is there when the time is over is the answer. */
async function settle(asked: Asked, place: Required<WorkloadName>, times: RestartTimes): Promise<Readiness> {
  let readiness: Readiness = { ready: 0, wanted: 0 };
  // The controller needs a moment to see that its Pods are gone.
  await sleep(times.pollMs);
  await within(times, async () => {
    const object = await findWorkload(asked, place);
    if (object === undefined) return true;
    readiness = readinessOf({ kind: place.kind, object });
    return readiness.ready >= readiness.wanted;
  });
  return readiness;
}

async function within({ seconds, pollMs }: RestartTimes, holds: () => Promise<boolean>): Promise<boolean> {
  const ends = performance.now() + seconds * 1000;
  for (;;) {
    // Not being able to ask for a moment is no answer.
    if (await holds().catch(() => false)) return true;
    if (performance.now() + pollMs > ends) return false;
    await sleep(pollMs);
  }
}
