import type { Ledger } from "../../ledger";
import type { LedgerRecord } from "../../ledgerRecord";

/** Why an undo does nothing. What it finds instead may be what somebody has to look at: a lock, or no record at all. */
export function notOurs(
  { id, kind, place }: Pick<Ledger, "id" | "kind" | "place">,
  found: Pick<LedgerRecord, "id" | "kind" | "phase"> | undefined,
): string {
  if (found === undefined)
    return `there is no ledger ${place}: nothing is known of ${kind} ${id}, and nothing is undone`;
  return `the ledger is of ${found.kind} ${found.id} (it is ${found.phase}), not of ${kind} ${id}: nothing to undo`;
}
