import { machinesOf } from "../../procedure/judgements/sameMembers";
import { isOver, ledgerPhases } from "../../procedure/ledgerRecord";
import type { LedgerFields } from "../../procedure/ledgerStore";
import { type Refusal, refused } from "../../procedure/refusal";

/**
 * Whether an undo is told of every machine that the operation has begun with. One that nobody names would keep the new data
 * beside the others' previous data, and none of what is asked about a machine that is away would be asked about it.
 *
 * @param copies fields of the open ledger, a copy each machine; undefined: it has none. @param named names of the machines
 *   that are undone or said to be away
 */
export function judgeUnnamed(
  copies: readonly (LedgerFields | undefined)[],
  named: readonly string[],
): Refusal | undefined {
  const known = copies.filter((copy) => copy !== undefined);
  // After the commit nothing goes back; a copy that does not know of it is of a machine that was away.
  const committed = known.flatMap(({ id, phase }) =>
    phase === "committed" || phase === "finished" ? [id] : [],
  );
  for (const copy of known) {
    const forgotten = boundTo(copy).filter((name) => !named.includes(name));
    if (forgotten.length === 0 || committed.includes(copy.id)) continue;
    const names = forgotten.join(", ");
    const without = forgotten.map((name) => `--without ${name}`).join(" ");
    return refused(
      "machines-unnamed",
      `machines: ${copy.kind ?? "restore"} ${copy.id} has begun with ${names} too (it is ${copy.phase}), and the configuration or file does not name that: an undo would leave it with other data than the others`,
      `Name every machine in FILE, then: etcd-recovery undo --machines FILE. What is away for good is named all the same, and left out by word: ${without}`,
    );
  }
  return undefined;
}

/** Names of the machines whose data an operation that is not over may have changed. */
function boundTo(copy: LedgerFields): readonly string[] {
  const { phase, kind, member, names = "" } = copy;
  if (isOver(copy) || phase === "committed") return [];
  // A repair changes its member alone.
  if (kind === "repair") return member === undefined ? [] : [member];
  // While members are staged, each may leave the configuration.
  const isBound = ledgerPhases.slice(1).some((later) => copy[later] !== undefined);
  return isBound ? (machinesOf(names) ?? []) : [];
}
