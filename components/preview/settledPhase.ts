import type { LedgerStore } from "../procedure/ledgerStore";

/** Until then etcd serves what it served before. */
const UNTOUCHED = new Set(["", "open", "staged", "undone"]);

/**
 * How far a restore has come, once its cluster is no longer as it was found; undefined before that.
 *
 * @throws Error when the ledger cannot be asked for
 */
export async function settledPhase(
  ledger: Pick<LedgerStore, "read" | "past">,
  id: string,
): Promise<string | undefined> {
  // The ledger, and where it lies when another restore has followed.
  const copies = [...(await ledger.read()), await ledger.past(id)];
  const own = copies.find(({ fields }) => fields?.id === id)?.fields;
  return own === undefined || UNTOUCHED.has(own.phase ?? "") ? undefined : own.phase;
}
