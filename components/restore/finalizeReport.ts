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

/** The report of a removal, when its act has run. @param members names */
export function finalizeReportOf(
  plan: {
    readonly cluster: { readonly name: string };
    readonly request: Request;
    readonly members: readonly string[];
  },
  result: StepResult,
): FinalizeReport {
  const freed = (result.freed ?? {}) as Readonly<Record<string, number>>;
  const members = plan.members.map((name) => ({ name, freedBytes: freed[name] ?? 0 }));
  return { finalized: plan.request.finalize ?? "", cluster: plan.cluster.name, members };
}
