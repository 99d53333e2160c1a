import { misset, type Refusal, refused } from "../../procedure/refusal";
import { parseWorkloadName } from "../workloads/kubeWorkload";

/** A controller that the configuration names, and whether it is there. */
export interface NamedController {
  /** As the configuration has it: `Kind/name` or `namespace/Kind/name`. */
  readonly setting: string;
  readonly namespace: string;
  readonly isThere: boolean;
  /** Workloads of that namespace, where they may be listed. */
  readonly others: readonly string[];
}

/** What the configuration names must be there and must be something that can be stopped: else it would watch the swap. */
export function judgeNamed({ setting, namespace, isThere, others }: NamedController): Refusal | undefined {
  const which = `overrides.controllers: ${setting}`;
  const parsed = parseWorkloadName(setting);
  if (parsed === undefined)
    return misset(
      "controller-kind",
      `${which}: not a Deployment or StatefulSet`,
      "pulumi config set --path 'overrides.controllers[N]' Kind/name",
    );
  if (parsed.kind === "DaemonSet")
    return misset(
      "controller-daemonset",
      `${which} cannot be stopped by scaling`,
      "Take it out: pulumi config rm --path 'overrides.controllers[N]'; it is restarted at the end if it may watch the user cluster.",
    );
  if (isThere) return undefined;
  const known = others.length === 0 ? "" : `; it has: ${others.map((other) => `${other} `).join("")}`;
  return misset(
    "controller-absent",
    `overrides.controllers: namespace ${namespace} has no ${parsed.kind}/${parsed.name}${known}`,
    "pulumi config set --path 'overrides.controllers[N]' Kind/name",
  );
}

/**
 * A workload that is at 0 would be put back at 0, which nobody may have meant: an earlier run, or a person, stopped it.
 *
 * @param setting as the configuration names it
 */
export function judgeIdle(setting: string, replicas: number, given: number | undefined): Refusal | undefined {
  if (replicas > 0 || given !== undefined) return undefined;
  return refused(
    "controller-idle",
    `${setting} is at 0 replicas and no ledger says how many it should have`,
    `pulumi config set --path 'restore.replicas["${setting}"]' N   (the number it had before; 0 if it is meant to be stopped)`,
  );
}
