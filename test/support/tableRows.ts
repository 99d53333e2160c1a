import type { Operation } from "../../components/procedure/arguments";
import { type Phase, phaseOf, phasesOf, predecessors } from "../../components/procedure/phases";

/** The rows of an operation where nothing is put under quarantine. */
export const plainRows = (operation: Operation): readonly Phase[] =>
  phasesOf[operation].filter(({ fenced }) => fenced !== true);

/** What must be done before a row there: what would wait for a row that is left out waits for what is before it. */
export function plainPredecessors(operation: Operation, row: Phase): readonly string[] {
  return predecessors(operation, row).flatMap((act) => {
    const before = phaseOf(operation, act);
    return before?.fenced === true ? plainPredecessors(operation, before) : [act];
  });
}
