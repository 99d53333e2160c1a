import type * as pulumi from "@pulumi/pulumi";
import { factOf } from "../steps/step";
import type { RestorePlan } from "./restorePlan";
import { type RestoreStepOptions, restoreStep } from "./restoreSteps";
import type { StagingSource } from "./stagingSource";

/**
 * What a finished restore put aside, as the source of a roll-back.
 *
 * It is not renamed back: clients have seen later revisions since, so it must be restored like a snapshot, with a
 * bump and marked as compacted. And one member's copy serves all: the copies of members that were stopped at
 * different instants differ.
 *
 * @param resourceName of the step that looks for it. @param options after: the utility Pods of all members
 */
export function previousData(
  plan: RestorePlan,
  resourceName: string,
  options: RestoreStepOptions,
): StagingSource {
  const located = restoreStep(plan, resourceName, "locate-previous", options);
  const fact = (name: string): pulumi.Output<string> =>
    located.stdout.apply((result) => factOf(result, name) ?? "");
  return {
    environment: {
      SOURCE_MEMBER: fact("source"),
      SNAPSHOT_SIZE: fact("size"),
      SNAPSHOT_SHA256: fact("sha256"),
      SNAPSHOT_REVISION: fact("revision"),
    },
    after: [located],
    facts: located.stdout.apply((result) => ({
      sha256: factOf(result, "sha256") ?? "",
      revision: factOf(result, "revision") ?? "",
      from: { rollback: plan.rollback ?? "", member: factOf(result, "source") ?? "" },
    })),
  };
}
