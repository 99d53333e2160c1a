import { isBound, type LedgerRecord } from "../ledgerRecord";
import { type Refusal, refused } from "../refusal";
import { membersIn } from "./past";

/**
 * Whether the members that are worked on are those that the operation has begun with. One that has left the configuration
 * since would keep its own data beside a restored cluster; a machine would be undone by nobody.
 *
 * @param names of the substrate, as the ledger has them too: machines, or how many members there are
 */
export function judgeSameMembers(record: LedgerRecord, names: string): Refusal | undefined {
  return isBound(record) ? judgeStagedMembers(record, names) : undefined;
}

/** The same right before they are bound: one that has left the configuration since the lock was taken is staged nowhere. */
export const judgeStagedMembers = (record: LedgerRecord, names: string): Refusal | undefined =>
  judgeMachines(record, names) ?? judgeCount(record, names);

function judgeMachines({ id, phase, names: before }: LedgerRecord, names: string): Refusal | undefined {
  const [begun, now] = [before, names].map((each) => machinesOf(each)?.toSorted().join(", "));
  if (begun === undefined || now === undefined || begun === now) return undefined;
  return refused(
    "machines-changed",
    `machines: the configuration names ${now}, but restore ${id} has begun with ${begun} (it is ${phase})`,
    "Name these again, then 'pulumi up' goes on. Where one is away for good, the others go back: etcd-recovery undo --without MACHINE",
  );
}

function judgeCount({ id, phase, names: before }: LedgerRecord, names: string): Refusal | undefined {
  const [begun, now] = [membersIn(before), membersIn(names)];
  if (begun === undefined || now === undefined || begun.count === now.count) return undefined;
  return refused(
    "members-changed",
    `members: the configuration says ${now.count}, but restore ${id} has begun with ${begun.said} (it is ${phase})`,
    `pulumi config set members ${begun.count}`,
  );
}

/** Names of the machines that an operation was begun with; undefined where a substrate's own text names none. */
export function machinesOf(names: string): readonly string[] | undefined {
  try {
    const { machines } = JSON.parse(names) as { machines?: readonly { readonly name: string }[] };
    return Array.isArray(machines) ? machines.map(({ name }) => name) : undefined;
  } catch {
    return undefined;
  }
}
