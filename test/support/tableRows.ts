import type { Operation } from "../../components/procedure/arguments";
import { type Phase, predecessors, rowsOf } from "../../components/procedure/phases";

/** The rows of an operation where nothing is asked for beside the data. */
export const plainRows = (operation: Operation): readonly Phase[] => rowsOf(operation, {});

/** What must be done before a row there. */
export const plainPredecessors = (operation: Operation, row: Phase): readonly string[] =>
  predecessors(operation, row, plainRows(operation));
