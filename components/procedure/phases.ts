import type { Operation } from "./arguments";
import type { Phase } from "./phase";
import { finalize } from "./phases/finalize";
import { repair } from "./phases/repair";
import { restore } from "./phases/restore";
import { rollback } from "./phases/rollback";

export type { Effect, Group, Phase } from "./phase";

/**
 * The table of phases: the one place that knows the order of an operation.
 *
 * The graph declares a resource for each row (and for each member where it says so), `etcd-recovery resume` runs the rows
 * after the guard, undo walks them backwards, the ledger's phases are those of the columns `from` and `to`, and the
 * documentation's table and the demo's account are printed from here. The rows are in phases/, what a row does is in acts/.
 *
 * A new substrate provides the interface of substrate.ts; no row changes for it.
 */
export const phasesOf: Readonly<Record<Operation, readonly Phase[]>> = {
  restore,
  rollback,
  repair,
  finalize,
};

/** The row of an act. */
export function phaseOf(operation: Operation, act: string): Phase | undefined {
  return phasesOf[operation].find((phase) => phase.act === act);
}

/** What an operation may be asked for beside the data; by default nothing. */
export type Extras = Partial<Readonly<Record<NonNullable<Phase["only"]>, boolean>>>;

/** The rows of an operation, without those for what is not asked for. */
export const rowsOf = (operation: Operation, asked: Extras): readonly Phase[] =>
  phasesOf[operation].filter(({ only }) => only === undefined || asked[only] === true);

/** Names of the acts that must be done right before this row. @param rows of its operation; default: all */
export function predecessors(
  operation: Operation,
  phase: Phase,
  rows: readonly Phase[] = phasesOf[operation],
): readonly string[] {
  if (phase.after !== undefined) return phase.after;
  const above = rows[rows.indexOf(phase) - 1];
  return above === undefined ? [] : [above.act];
}

/** The steps from the guard on, in order: they read the ledger, and can be run without the stack. */
export function stepsAfterGuard(operation: Operation): readonly Phase[] {
  const rows = phasesOf[operation];
  const from = rows.findIndex(({ act }) => act === "guard" || act === "remove-previous");
  return rows.slice(from + 1).filter(({ resource }) => resource !== true);
}
