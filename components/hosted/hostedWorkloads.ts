import type { FoundWorkload } from "../procedure/ledgerRecord";
import { errorOf, failed } from "../procedure/refusal";
import type { Workloads } from "../procedure/substrate";
import type { HostedContext } from "./hostedContext";
import { type ContainerStatus, isLiving, type KubePod } from "./kubePod";
import { eventsOf, podTrouble } from "./podTrouble";
import { findWorkloads } from "./workloads/findWorkloads";
import { isSeen, readinessOf } from "./workloads/kubeWorkload";
import { isAutoscaled } from "./workloads/owners";
import { type RestartTimes, restartWorkload } from "./workloads/restartWorkload";
import { startWorkload, stopWorkload } from "./workloads/scaling";
import { stillThere } from "./workloads/stillThere";
import { deletePod, findWorkload, placeOf, podsOf } from "./workloads/workloadPods";

/** Restarts of a container from which on waiting longer is pointless. */
const manyRestarts = 3;

/** Seconds that a restarted workload has to come back. */
const usual: RestartTimes = { seconds: 120, pollMs: 1000 };

/** The StatefulSets and Deployments of a hosted control plane, and the controllers beside it. */
export function hostedWorkloads(context: HostedContext, times: RestartTimes = usual): Workloads {
  return {
    find: (before) => findWorkloads(context, before),
    stop: (workload, permit) => stopWorkload(context, workload, permit),
    start: (workload, permit) => startWorkload(context, workload, permit),
    still: (workloads) => stillThere(context, workloads),
    async readiness(workload) {
      const place = placeOf(context, workload);
      const object = await findWorkload(context, place);
      if (object === undefined)
        throw errorOf(
          failed(
            "workload-gone",
            `${workload.name} is gone: something deleted it`,
            "Create it again as it was.",
          ),
        );
      const { ready, wanted } = readinessOf({ kind: place.kind, object });
      const serving = ready < wanted && isSeen(object) ? await countServing(context, workload) : 0;
      return {
        ready: Math.max(ready, Math.min(serving, wanted)),
        wanted,
        ...(isAutoscaled(object) ? { autoscaled: true } : {}),
      };
    },
    async crashing(workload) {
      const pods = await podsOf(context, workload);
      return pods
        .flatMap(serversOf(context, workload))
        .some(({ restartCount = 0 }) => restartCount >= manyRestarts);
    },
    async renew(workload) {
      const { namespace } = placeOf(context, workload);
      const servers = serversOf(context, workload);
      const waiting = (await podsOf(context, workload)).filter((pod) => servers(pod).some(waitsToRestart));
      await Promise.all(waiting.map((pod) => deletePod(context, namespace, pod)));
    },
    async trouble(workload) {
      const place = placeOf(context, workload);
      const asked = { ...context, namespace: place.namespace };
      const unready = (await podsOf(context, workload)).filter((pod) => !isReady(pod));
      if (unready.length > 0)
        return (await Promise.all(unready.map(({ metadata }) => podTrouble(asked, metadata.name)))).flat();
      return (await eventsOf(asked, place.name)).map((event) => `    event: ${event}`);
    },
    restart: (name, namespace) =>
      restartWorkload(
        context,
        placeOf(context, { name, ...(namespace === undefined ? {} : { namespace }) }),
        times,
      ),
  };
}

/**
 * The containers that serve, of those in a server's Pod: what runs beside them may end again and again until they do, which
 * is no reason to give up, nor to end a server that has just come up. All of them where none is known for it.
 */
function serversOf({ names }: Pick<HostedContext, "names">, { part }: FoundWorkload) {
  const serves = ({ name = "", image = "" }: ContainerStatus): boolean =>
    part === "etcd" ? name === names.profile.etcd.container : /api-?server/.test(`${name} ${image}`);
  return ({ status }: KubePod): readonly ContainerStatus[] => {
    const all = status?.containerStatuses ?? [];
    const servers = part === "etcd" || part === "apiServers" ? all.filter(serves) : all;
    return servers.length > 0 ? servers : all;
  };
}

/**
 * Instances of a server whose serving containers are ready: what runs beside them may be ready only when the controllers
 * are back, which wait for the server. None of a controller: nothing says which of its containers counts.
 */
async function countServing(context: HostedContext, workload: FoundWorkload): Promise<number> {
  if (workload.part !== "etcd" && workload.part !== "apiServers") return 0;
  const servers = serversOf(context, workload);
  const serves = (pod: KubePod) => {
    const own = servers(pod);
    return own.length > 0 && own.every(({ ready = false }) => ready);
  };
  return (await podsOf(context, workload)).filter((pod) => isLiving(pod) && serves(pod)).length;
}

/** Kubernetes starts a container that ends again and again only after minutes. */
const waitsToRestart = ({ state }: ContainerStatus): boolean => state?.waiting?.reason === "CrashLoopBackOff";

const isReady = ({ status }: KubePod): boolean =>
  (status?.conditions ?? []).some((condition) => condition.type === "Ready" && condition.status === "True");
