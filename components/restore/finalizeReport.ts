import { UserError } from "../errors";
import type { Request } from "../procedure/request";
import type { StepResult } from "../steps/step";

/** What was removed from a member's volume. */
export interface FinalizedMember {
  readonly name: string;
  readonly freedBytes: number;
}

/** What a completed removal says of itself. */
export interface FinalizeReport {
  /** Id of the restore that can no longer be rolled back. */
  readonly finalized: string;
  readonly cluster: string;
  readonly members: FinalizedMember[];
}

/**
 * The report of a removal, when its act has run. @param members names
 *
 * @throws UserError when the act, which runs once for an id, was run for another restore
 */
export function finalizeReportOf(
  plan: {
    readonly id: string;
    readonly cluster: { readonly name: string };
    readonly request: Request;
    readonly members: readonly string[];
  },
  result: StepResult,
): FinalizeReport {
  const freed = (result.freed ?? {}) as Readonly<Record<string, number>>;
  const members = plan.members.map((name) => ({ name, freedBytes: freed[name] ?? 0 }));
  const { finalize: finalized = "" } = plan.request;
  if (typeof result.finalized === "string" && result.finalized !== finalized)
    throw new UserError(
      `restore.finalize: ${finalized}: nothing was removed; restore.id ${plan.id} is of the removal of what restore ${result.finalized} put aside.`,
      `pulumi config set --path restore.id ${plan.id}-2`,
    );
  return { finalized, cluster: plan.cluster.name, members };
}
