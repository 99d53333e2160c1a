import type { ActContext } from "../act";
import type { Found, FoundWorkload, LedgerPhase } from "../ledgerRecord";
import type { Readiness } from "../substrate";
import { allOf, messageOf, type Patience, secondsOf, waitUntil } from "../waiting";
import { title } from "./foundParts";

type Means = Pick<ActContext, "substrate" | "ledger" | "say">;

/** What is waited for: what was found ready is to be ready again, and what was found sick is not waited for. */
export interface Expected {
  /** Instances that are waited for. */
  readonly ready: number;
  /** Fewer will do when the time is over: whether they were all well before is not known. */
  readonly least: number;
}

/** Forward: without a quorum nothing could be ready when it was found, so all are hoped for and one is enough. */
export function expectedForward({ replicas, ready = replicas }: FoundWorkload, { quorum }: Found): Expected {
  if (!quorum) return { ready: replicas, least: Math.min(1, replicas) };
  return { ready: Math.min(ready, replicas), least: Math.min(ready, replicas) };
}

/** API servers serve the restored data, or the restore is not done: none found ready is as none could be. */
export function expectedServing(workload: FoundWorkload, found: Found): Expected {
  return expectedForward(workload, { ...found, quorum: found.quorum && workload.ready !== 0 });
}

/** Back: what was not ready before will not be after. */
export function expectedBack({ replicas, ready = replicas }: FoundWorkload, { quorum }: Found): Expected {
  const wanted = quorum ? Math.min(ready, replicas) : 0;
  return { ready: wanted, least: wanted };
}

/** How a workload stands after it was waited for. */
export interface Outcome extends Expected {
  readonly workload: FoundWorkload;
  /** undefined: it could not be asked. */
  readonly readiness: Readiness | undefined;
  readonly unasked?: string;
}

export const isEnough = ({ readiness, least }: Outcome): boolean => (readiness?.ready ?? 0) >= least;
export const isWhole = ({ readiness, workload }: Outcome): boolean =>
  (readiness?.ready ?? 0) >= workload.replicas;

/** "Deployment kube-scheduler: 0 of 1 ready, as it was found" */
export function sentence({ workload, readiness, unasked, least, ready }: Outcome): string {
  if (readiness === undefined)
    return `${title(workload.name)}: could not ask how many are ready (${unasked})`;
  const isLess = ready < workload.replicas && readiness.ready >= least;
  const as = isScaled(workload, readiness) ? ", as it was scaled since" : ", as it was found";
  return `${title(workload.name)}: ${readiness.ready} of ${workload.replicas} ready${isLess ? as : ""}`;
}

/** Starts these all at once, also those that wait for minutes after a crash whose cause was mended; does not wait. */
export async function startAll(
  { substrate, ledger }: Means,
  workloads: readonly FoundWorkload[],
  ...phases: readonly LedgerPhase[]
): Promise<void> {
  const permit = ledger.permit(...phases);
  await allOf(
    workloads.map(async (workload) => {
      // Only a matter of minutes: what cannot be renewed is started all the same.
      await substrate.workloads.renew(workload).catch(() => undefined);
      await substrate.workloads.start(workload, permit);
    }),
  );
}

/** Whether an autoscaler wants fewer than were found: more there are not, however long they are waited for. */
const isScaled = ({ part, replicas }: FoundWorkload, { wanted, autoscaled = false }: Readiness): boolean =>
  part !== "etcd" && autoscaled && wanted > 0 && wanted < replicas;

function expectedOf(
  { ready, least }: Expected,
  workload: FoundWorkload,
  now: Readiness | undefined,
): Expected {
  if (now === undefined || !isScaled(workload, now)) return { ready, least };
  return { ready: Math.min(ready, now.wanted), least: Math.min(least, now.wanted) };
}

/** Waits until so many are ready as are expected; ends early when instances crash, since waiting is pointless then. */
export async function awaitReady(
  { substrate }: Pick<ActContext, "substrate">,
  workload: FoundWorkload,
  expected: Expected,
  every = 0.2,
  seconds = secondsOf("START_SECONDS", 180),
): Promise<Outcome> {
  let readiness: Readiness | undefined;
  const { unasked } = await waitUntilHopeless(
    { substrate },
    [workload],
    async () => {
      readiness = await substrate.workloads.readiness(workload);
      return readiness.ready >= expectedOf(expected, workload, readiness).ready;
    },
    { seconds, every },
  );
  const wanted = expectedOf(expected, workload, readiness);
  return { ...wanted, workload, readiness, ...(unasked === undefined ? {} : { unasked }) };
}

const CRASH_LOOK_SECONDS = 5;

/** {@link waitUntil}, and gives up when one of these workloads crashes again and again. */
export async function waitUntilHopeless(
  { substrate }: Pick<ActContext, "substrate">,
  workloads: readonly FoundWorkload[],
  question: () => Promise<boolean>,
  { seconds, every }: Patience,
): Promise<{ readonly done: boolean; readonly unasked?: string }> {
  for (let left = seconds; ; left -= CRASH_LOOK_SECONDS) {
    const waited = await waitUntil(question, { seconds: Math.min(left, CRASH_LOOK_SECONDS), every });
    if (waited.done || left <= CRASH_LOOK_SECONDS) return waited;
    const crashing = await Promise.all(
      workloads.map((workload) => substrate.workloads.crashing(workload).catch(() => false)),
    );
    if (crashing.includes(true)) return waited;
  }
}

/** Why these do not come up, a line each. */
export async function sayTroubles(
  { substrate, say }: Pick<ActContext, "substrate" | "say">,
  workloads: readonly FoundWorkload[],
): Promise<void> {
  for (const workload of workloads) {
    const lines = await substrate.workloads
      .trouble(workload)
      .catch((cause: unknown) => [`${title(workload.name)}: could not ask why: ${messageOf(cause)}`]);
    for (const line of lines) say(line);
  }
}
