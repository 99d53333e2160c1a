import { type ActContext, kindOf } from "../procedure/act";
import type { Operation } from "../procedure/arguments";
import { Ledger } from "../procedure/ledger";
import { type Advised, advise } from "../procedure/preview";
import { failed } from "../procedure/refusal";
import type { Request } from "../procedure/request";
import type { Substrate } from "../procedure/substrate";

/** An operation that nobody has begun, and its cluster. */
export interface AdvisedOperation {
  readonly operation: Operation;
  readonly id: string;
  readonly request: Request;
  /** Opens the cluster for questions. */
  readonly open: () => Promise<Substrate>;
}

/** What preflight would say now. Read-only, and never an obstacle: what could not be asked is said. */
export async function preflightAdvice({ operation, id, request, open }: AdvisedOperation): Promise<Advised> {
  try {
    const substrate = await open();
    try {
      const ledger = new Ledger(substrate.ledger, id, kindOf(operation), substrate.advice);
      const asked = { operation, id, request, member: undefined, own: undefined, substrate, ledger };
      const context: ActContext = { ...asked, say: () => undefined };
      return await advise(context);
    } finally {
      substrate.close();
    }
  } catch (cause) {
    return { refusals: [failed("not-asked", (cause as Error).message)], notes: [] };
  }
}
