import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, isUnanswered } from "../../access/apiError";
import type { FoundWorkload } from "../../procedure/ledgerRecord";
import { demand, errorOf, failed } from "../../procedure/refusal";
import type { Permit } from "../../procedure/substrate";
import { judgeRetention } from "../judgements/etcdSet";
import { isLiving } from "../kubePod";
import { type KubeWorkload, type WorkloadName, wantedReplicas } from "./kubeWorkload";
import {
  type Asked,
  askSeconds,
  deletePod,
  findWorkload,
  hasKind,
  placeOf,
  podsOf,
  workloadPath,
} from "./workloadPods";

/**
 * Seconds that Pods have to end. An API server with an open watch uses its whole grace period, and what it still writes
 * goes to the etcd that is being put aside. A short grace counts only when it comes before the controller's own delete.
 */
const graceSeconds: Partial<Record<FoundWorkload["part"], number>> = { apiServers: 1, etcd: 3 };

const tries = 10;

/** As {@link Workloads.stop} says. */
export async function stopWorkload(asked: Asked, found: FoundWorkload, permit: Permit): Promise<void> {
  const place = placeOf(asked, found);
  const grace = graceSeconds[found.part];
  await scaleTo(asked, place, 0, async (live) => {
    if (found.part === "etcd") demandKept(asked, live);
    // By its number alone a StatefulSet that goes in order ends none of its Pods while two of them are sick.
    const pods = grace === undefined && place.kind !== "StatefulSet" ? [] : await podsOf(asked, found);
    await permit();
    await Promise.all(pods.filter(isLiving).map((pod) => deletePod(asked, place.namespace, pod, grace)));
    return true;
  });
}

/** Its data must not go with the last Pod: what says so can be changed at any time. */
function demandKept({ namespace }: Asked, { metadata: { name }, spec }: KubeWorkload): void {
  const { whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  demand(judgeRetention(namespace, name, spec.replicas === 0 ? undefined : whenScaled));
}

/** As {@link Workloads.start} says. */
export function startWorkload(asked: Asked, found: FoundWorkload, permit: Permit): Promise<void> {
  return scaleTo(asked, placeOf(asked, found), found.replicas, async (live) => {
    await permit();
    // Members are as many as there are data; of the rest, who has more was given them by what scales it.
    return found.part === "etcd" || wantedReplicas(live) < found.replicas;
  });
}

/**
 * Sets a number of replicas under the conditions of the interface: the workload is read, then the permit asked, and the
 * change taken only for the workload as it was read. A change that may have arrived although its answer did not is
 * found out by reading again; what had no answer is asked again with it.
 *
 * @param permit whether there is something to change; rejects when nothing may be
 */
async function scaleTo(
  asked: Asked,
  place: WorkloadName,
  replicas: number,
  permit: (live: KubeWorkload) => Promise<boolean>,
): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await scaleOnce(asked, place, replicas, permit);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const moved = hasKind(error, "conflict");
      if (!isWorthATry(error, moved, tried)) throw notScaled(place, replicas, error);
      if (!moved) await sleep(200);
    }
  }
}

async function scaleOnce(...[asked, place, replicas, permit]: Parameters<typeof scaleTo>): Promise<void> {
  const live = await findWorkload(asked, place);
  if (live === undefined) {
    if (replicas === 0) return;
    throw errorOf(
      failed(
        "workload-gone",
        `${place.kind} ${place.name} is gone: something deleted it`,
        "Create it again as it was, then run the same command again.",
      ),
    );
  }
  if (!(await permit(live)) || wantedReplicas(live) === replicas) return;
  const change = { metadata: { resourceVersion: live.metadata.resourceVersion }, spec: { replicas } };
  await asked.client.patch(`${workloadPath(asked, place)}/scale`, change, "merge", { seconds: askSeconds });
}

function isWorthATry(error: unknown, moved: boolean, tried: number): boolean {
  if (moved) return tried < tries;
  return (isUnanswered(error) || hasKind(error, "server")) && tried < 3;
}

function notScaled({ kind, name }: WorkloadName, replicas: number, { message }: ApiError) {
  return errorOf(
    failed(
      "not-scaled",
      `${kind} ${name} could not be scaled to ${replicas}: ${message}`,
      "Mend the cause, then run the same command again.",
    ),
  );
}
