import type { ActContext } from "../act";
import type { Found, OtherWorkload } from "../ledgerRecord";
import { allOf, messageOf } from "../waiting";
import { workloadsOf } from "./foundParts";

/** What was done about a workload that may have watched the cluster. */
export interface WorkloadDone {
  /** `Kind/name` */
  readonly name: string;
  readonly done: "stopped" | "restarted" | "left";
  readonly why: string;
}

export interface OthersDone {
  readonly workloads: readonly WorkloadDone[];
  readonly warnings: readonly string[];
}

export const stoppedReport = (found: Found): readonly WorkloadDone[] =>
  workloadsOf(found, "controllers", "maintenance").map(({ name, namespace, replicas }) => ({
    name,
    done: "stopped",
    why: `${within(namespace)}stopped before the swap, started last: ${replicas}`,
  }));

/** Makes those anew that may watch the cluster: they act on what they knew before the restore. Names the rest. */
export async function restartOthers(
  context: Pick<ActContext, "substrate">,
  { others }: Found,
): Promise<OthersDone> {
  const done = await allOf(others.map((other) => treat(context, other)));
  return {
    workloads: done.map(({ workload }) => workload),
    warnings: done.flatMap(({ warning }) => (warning === undefined ? [] : [warning])),
  };
}

async function treat(
  { substrate }: Pick<ActContext, "substrate">,
  { name, namespace, why }: OtherWorkload,
): Promise<{ readonly workload: WorkloadDone; readonly warning?: string }> {
  const place = within(namespace);
  const left = (reason: string): WorkloadDone => ({ name, done: "left", why: place + reason });
  if (why === "idle") return { workload: left("it is at 0 replicas") };
  if (why === "none") return { workload: left("nothing in it names a kubeconfig") };
  try {
    const { ready, wanted } = await substrate.workloads.restart(name, namespace);
    const workload: WorkloadDone = {
      name,
      done: "restarted",
      why: `${place}it may watch the user cluster`,
    };
    if (ready >= wanted) return { workload };
    return {
      workload,
      warning: `${name} was restarted and does not run whole since: ${ready} of ${wanted} ready`,
    };
  } catch (cause) {
    return {
      workload: left(`it could not be restarted (${messageOf(cause)})`),
      warning: `${name} could not be restarted: it may act on what it knew before the restore`,
    };
  }
}

const within = (namespace: string | undefined): string =>
  namespace === undefined ? "" : `in namespace ${namespace}: `;
