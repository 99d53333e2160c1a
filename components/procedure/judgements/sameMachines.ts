import type { LedgerRecord } from "../ledgerRecord";
import { type Refusal, refused } from "../refusal";

/** All are staged and none is the cluster's yet: what is done then is done to all members or to none. */
const BOUND: ReadonlySet<string> = new Set(["staged", "quiesced", "swapped", "started"]);

/**
 * Whether the machines that are worked on are those that the operation has begun with. One that has left the configuration
 * since would keep its own data beside a restored cluster, and be undone by nobody.
 *
 * @param names of the substrate, as the ledger has them too. Of one that names no machines nothing is said
 */
export function judgeSameMachines(record: LedgerRecord, names: string): Refusal | undefined {
  const [begun, now] = [machinesIn(record.names), machinesIn(names)];
  if (!BOUND.has(record.phase) || begun === undefined || now === undefined || begun === now) return undefined;
  return refused(
    "machines-changed",
    `machines: the configuration names ${now}, but restore ${record.id} has begun with ${begun} (it is ${record.phase})`,
    "Name these again, then 'pulumi up' goes on. Where one is away for good, the others go back: etcd-recovery undo --without MACHINE",
  );
}

function machinesIn(names: string): string | undefined {
  try {
    const { machines } = JSON.parse(names) as { machines?: readonly { readonly name: string }[] };
    return Array.isArray(machines)
      ? machines
          .map(({ name }) => name)
          .sort()
          .join(", ")
      : undefined;
  } catch {
    return undefined;
  }
}
