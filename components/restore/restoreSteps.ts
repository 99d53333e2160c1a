import type { local } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { type Environment, step } from "../steps/step";
import type { OperationPlan } from "./restorePlan";
import { operatorScript } from "./restoreScripts";

/** Where a step stands in the graph, and what else it reads. */
export interface RestoreStepOptions {
  readonly parent: pulumi.Resource;
  /** What must be done before. Order comes from here alone. */
  readonly after: readonly pulumi.Resource[];
  readonly environment?: Environment;
  /** Name of the script that the resource's deletion runs. */
  readonly undo?: string;
}

/** One step of a restore: the resource `<prefix>-<name>` that runs `scripts/operator/<script>.sh` once for the restore's id. */
export function restoreStep(
  plan: OperationPlan,
  resourceName: string,
  script: string,
  options: RestoreStepOptions,
): local.Command {
  return step(
    resourceName,
    {
      script: operatorScript(script),
      environment: { STEP: script, ...plan.environment, ...options.environment },
      operation: plan.id,
      timeout: "15m",
      ...(options.undo === undefined ? {} : { undo: operatorScript(options.undo) }),
    },
    { parent: options.parent, dependsOn: [...options.after] },
  );
}
