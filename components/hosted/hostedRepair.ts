import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ApiErrorKind, isUnanswered } from "../access/apiError";
import type { MemberRepair, Seed } from "../procedure/memberRepair";
import { errorOf, failed } from "../procedure/refusal";
import type { Permit } from "../procedure/substrate";
import type { HostedContext } from "./hostedContext";
import { collections } from "./kubePod";
import { podState } from "./podTrouble";
import { redact } from "./redact";
import { newestSeed, type RepairPod, seedContainer, seedName } from "./seedContainer";

/** Longest waits in seconds: for a Pod to be gone, for another to have a network, for a container to be taken. */
const goneSeconds = 120;
const madeSeconds = 120;
const addSeconds = 30;

type Repairs = Pick<HostedContext, "client" | "namespace" | "names" | "members" | "id">;

/**
 * The repair of one member that runs as a Pod of a StatefulSet: the Pod is made anew when it is deleted, and a seed is an
 * ephemeral container in it: its image, its user, its certificates, its volume and its address, which the others compare
 * with its certificate. The StatefulSet's own etcd could not make the log: its flags are for a new cluster, and changing
 * them would restart the healthy members.
 */
export function hostedRepair(context: Repairs): MemberRepair {
  const { client } = context;
  const path = (member: string) => `${collections.pods(context.namespace)}/${member}`;
  const find = (member: string) => client.find<RepairPod>(path(member));
  const newest = async (member: string) => newestSeed(await find(member));
  return {
    endInstance: (member) => endPod(context, path(member), member),
    async awaitInstance(member) {
      const hasAddress = async () => (await find(member))?.status?.podIP !== undefined;
      if (await holds(madeSeconds, hasAddress)) return;
      const pod = await find(member).catch(() => undefined);
      const state = pod === undefined ? "there is no such Pod" : podState(pod);
      throw errorOf(
        failed(
          "instance-absent",
          `${member}: the StatefulSet has made no Pod that runs after ${madeSeconds} s: ${redact(state).join(" ")}`,
          `${look(context, member)}; then 'pulumi up' goes on.`,
        ),
      );
    },
    hasSeed: async (member) => (await newest(member)) !== undefined,
    startSeed: (member, seed, permit) => addSeed(context, path(member), member, seed, permit),
    async seedEnded(member) {
      const pod = await find(member);
      const name = newestSeed(pod);
      const status = pod?.status?.ephemeralContainerStatuses?.find((one) => one.name === name);
      return status?.state?.terminated !== undefined;
    },
    async seedSaid(member) {
      try {
        const query = { container: (await newest(member)) ?? "", tailLines: 3 };
        const log = await client.text(`${path(member)}/log`, { query, limitBytes: 16_384 });
        return redact(log).join(" ");
      } catch (error) {
        return `its log could not be read: ${redact((error as Error).message).join(" ")}`;
      }
    },
  };
}

/**
 * Deletes the Pod and waits until that one is gone. Never by force: an object that has gone otherwise means that the
 * kubelet has confirmed the containers dead.
 */
async function endPod({ client }: Repairs, path: string, member: string): Promise<void> {
  const before = await client.find<RepairPod>(path);
  if (before === undefined) return;
  const { uid } = before.metadata;
  const body = { gracePeriodSeconds: 10, ...(uid === undefined ? {} : { preconditions: { uid } }) };
  // Whether an answer that was lost had its effect is seen by looking; a Pod that is not ending is asked again.
  const gone = async () => {
    const pod = await client.find<RepairPod>(path);
    if (pod?.metadata.uid !== uid) return true;
    if (pod?.metadata.deletionTimestamp === undefined) await client.delete(path, { body });
    return false;
  };
  if (await holds(goneSeconds, gone)) return;
  throw errorOf(
    failed(
      "instance-stays",
      `${member}: its Pod is not gone after ${goneSeconds} s`,
      "A Pod stays while its node does not answer. Mend the node, then 'pulumi up' goes on; never delete it by force.",
    ),
  );
}

/** The kubelet writes to the Pod as well: on a conflict once more, on what it says then. */
async function addSeed(
  context: Repairs,
  path: string,
  member: string,
  seed: Seed,
  permit: Permit,
): Promise<void> {
  const { client } = context;
  const name = seedName();
  let reason = "";
  const added = async () => {
    const pod = await client.get<RepairPod>(path);
    const there = pod.spec.ephemeralContainers ?? [];
    if (there.some((one) => one.name === name)) return true;
    await permit();
    const ephemeralContainers = [...there, seedContainer(context, pod, member, seed, name)];
    await client.replace(`${path}/ephemeralcontainers`, {
      ...pod,
      spec: { ...pod.spec, ephemeralContainers },
    });
    return true;
  };
  const once = () =>
    added().catch((error: unknown) => {
      if (!isPassing(error)) throw error;
      reason = error.message;
      return false;
    });
  if (await holds(addSeconds, once, 1000)) return;
  throw errorOf(
    failed(
      "seed-not-added",
      `${member}: no container could be added to its Pod: ${reason}`,
      "'pulumi up' tries again.",
    ),
  );
}

/** Answers that say neither yes nor no: asked a moment later, there may be another. */
const passing: readonly ApiErrorKind[] = ["server", "conflict", "notFound"];

const isPassing = (error: unknown): error is ApiError =>
  isUnanswered(error) || (error instanceof ApiError && passing.includes(error.kind));

/** Asks until the answer is yes, or the time is over. An API that cannot be asked for a moment says neither. */
async function holds(seconds: number, ask: () => Promise<boolean>, pauseMs = 300): Promise<boolean> {
  const ends = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      if (isPassing(error)) return false;
      throw error;
    });
    if (answer) return true;
    if (performance.now() + pauseMs >= ends) return false;
    await sleep(pauseMs);
  }
}

const look = ({ namespace }: Repairs, member: string) =>
  `Look: kubectl --namespace ${namespace} describe pod ${member}`;
