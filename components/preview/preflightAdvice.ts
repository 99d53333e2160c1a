import type { HostedGraphArgs } from "../hosted/hostedGraph";
import { argumentsOf } from "../hosted/hostedGraph";
import { openSubstrate } from "../hosted/openSubstrate";
import { kindOf } from "../procedure/act";
import { ARGUMENTS_FORMAT } from "../procedure/arguments";
import { Ledger } from "../procedure/ledger";
import { type Advised, advise } from "../procedure/preview";
import { failed } from "../procedure/refusal";

/** What preflight would say now. Read-only, and never an obstacle: what could not be asked is said. */
export async function preflightAdvice(plan: HostedGraphArgs): Promise<Advised> {
  const { operation, id, request } = plan;
  try {
    const args = { format: ARGUMENTS_FORMAT, operation, id, request, substrate: argumentsOf(plan) };
    const substrate = await openSubstrate(args, "preview", () => undefined);
    try {
      const ledger = new Ledger(substrate.ledger, id, kindOf(operation), substrate.advice);
      const context = { operation, id, request, member: undefined, own: undefined, substrate, ledger };
      return await advise({ ...context, say: () => undefined });
    } finally {
      substrate.close();
    }
  } catch (cause) {
    return { refusals: [failed("not-asked", (cause as Error).message)], notes: [] };
  }
}
