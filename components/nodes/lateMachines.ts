import type { LedgerFields } from "../procedure/ledgerStore";

const over = new Set(["undone", "finished"]);

/**
 * Machines that were away when an operation was undone: their copies of its ledger say nothing of that. They alone are
 * undone then; the others serve the previous data already.
 *
 * @param copies fields of the open ledger by machine; undefined: it has none. @returns [] when there is no such machine
 */
export function lateMachines(copies: ReadonlyMap<string, LedgerFields | undefined>): readonly string[] {
  const undone = new Set([...copies.values()].flatMap((copy) => (copy?.phase === "undone" ? [copy.id] : [])));
  const all = [...copies.values()];
  // A repair's undo goes without no machine.
  if (all.some((copy) => copy?.kind === "repair")) return [];
  // An undo that was cut short while it wrote its end has been everywhere.
  if (all.some((copy) => copy?.phase === "undoing" && copy.returned !== undefined)) return [];
  return [...copies].flatMap(([machine, copy]) =>
    copy !== undefined && undone.has(copy.id) && !over.has(copy.phase ?? "") ? [machine] : [],
  );
}
