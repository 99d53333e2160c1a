import type { Operation } from "./arguments";
import { judgeSameMembers } from "./judgements/sameMembers";
import { judgeKeys, judgeSnapshot } from "./judgements/snapshot";
import type { Ledger } from "./ledger";
import { isBeyond, type LedgerRecord } from "./ledgerRecord";
import { type Phase, phaseOf } from "./phases";
import { demand, errorOf, failed } from "./refusal";
import type { Request } from "./request";
import type { Substrate } from "./substrate";

/** What an act works with. */
export interface ActContext {
  readonly operation: Operation;
  readonly id: string;
  readonly request: Request;
  /** Of an act that runs once for each member. */
  readonly member: string | undefined;
  readonly own: readonly string[] | undefined;
  readonly substrate: Substrate;
  readonly ledger: Ledger;
  /** A line of the step's account. */
  say(line: string): void;
}

/** What an act says of itself: its resource's output, as JSON. */
export type ActResult = Readonly<Record<string, unknown>>;

/**
 * What an act does. Run twice, the second run finds done what the first one did and does nothing; what it returns is then
 * the same where the report needs it.
 */
export type Act = (context: ActContext) => Promise<ActResult>;

/** The ledger of the operation that a step belongs to. */
export const kindOf = (operation: Operation): LedgerRecord["kind"] =>
  operation === "repair" ? "repair" : "restore";

/**
 * Runs an act under the rules of its row: nothing when the operation is further already (by another stack, or an older
 * program's), its ledger phase and mark before its effect.
 *
 * @returns undefined when there was nothing to do
 */
export async function runAct(name: string, act: Act, context: ActContext): Promise<ActResult | undefined> {
  const phase = phaseOf(context.operation, name);
  if (phase === undefined) {
    throw errorOf(failed("act-unknown", `a ${context.operation} has no act ${name}`, "pulumi up"));
  }
  if (phase.from !== undefined && name !== "guard") {
    const own = (await context.ledger.own()) ?? (await finishedBefore(context.ledger));
    if (own !== undefined && isPast(own, phase)) {
      // Run for another snapshot: what this step would do for it is past.
      if (phase.bySnapshot === true) demand(judgeSnapshot(own, context.request));
      // What moves a member's data is not told of keys.
      if (phase.bySnapshot === true && phase.group === undefined) demand(judgeKeys(own, context.request));
      context.say(
        `${context.member === undefined ? "" : `${context.member}: `}${name}: done before (restore ${own.id} is ${own.phase})`,
      );
      return undefined;
    }
    if (own !== undefined) demand(judgeSameMembers(own, context.substrate.names));
    await enter(context, phase);
  }
  return act(context);
}

/** The ledger of an operation that is finished, and that another has followed since: its stack has nothing to do either. */
async function finishedBefore(ledger: Ledger): Promise<LedgerRecord | undefined> {
  const past = await ledger.past(ledger.id);
  return past?.phase === "finished" ? past : undefined;
}

/** Whether the operation needs this act no more. */
export function isPast(own: LedgerRecord, { from = [], to }: Phase): boolean {
  if (to !== undefined && own.phase === to) return to === "finished";
  return from.every((phase) => isBeyond(own, phase)) && own.phase !== "undoing" && own.phase !== "undone";
}

/** The ledger before the effect: what is not there yet is written, what is there is required. */
async function enter({ ledger }: ActContext, { advancesItself, from = [], to, mark }: Phase): Promise<void> {
  if (advancesItself === true) return;
  if (to !== undefined) await ledger.advance(to, from);
  else if (mark !== undefined) await ledger.keep(from, {}, [mark]);
  else await ledger.require(...from);
}
