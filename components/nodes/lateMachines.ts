import { isOver } from "../procedure/ledgerRecord";
import type { LedgerFields } from "../procedure/ledgerStore";

/**
 * Machines that were away when an operation was undone: their copies of its ledger say nothing of that. They alone are
 * undone then; the others serve the previous data already, or what another operation has given them since.
 *
 * @param copies fields of the open ledger by machine; undefined: it has none. @returns [] when there is no such machine
 */
export function lateMachines(copies: ReadonlyMap<string, LedgerFields | undefined>): readonly string[] {
  const all = [...copies.values()].filter((copy) => copy !== undefined);
  const undone = new Set(all.flatMap(({ phase, id }) => (phase === "undone" ? [id] : [])));
  // A repair's undo goes without no machine.
  if (all.some((copy) => copy.kind === "repair" && !isOver(copy))) return [];
  // An undo that was cut short while it wrote its end has been everywhere.
  if (all.some((copy) => copy.phase === "undoing" && copy.returned !== undefined && !isFollowed(copy, all)))
    return [];
  return [...copies].flatMap(([machine, copy]) => {
    if (copy === undefined || isOver(copy)) return [];
    return undone.has(copy.id) || isFollowed(copy, all) ? [machine] : [];
  });
}

/** Whether another operation has begun and ended since elsewhere: there this one was over. */
const isFollowed = ({ id, open = "" }: LedgerFields, all: readonly LedgerFields[]): boolean =>
  all.some((other) => isOver(other) && other.id !== id && (other.open ?? "") > open);
