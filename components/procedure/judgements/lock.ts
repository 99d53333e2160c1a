import { isOver, type LedgerRecord, reached } from "../ledgerRecord";
import { failed, type Refusal, refused } from "../refusal";
import type { Advice } from "../substrate";
import { ago } from "./ago";

/** Who asks for the lock. */
export interface LockRequest {
  readonly id: string;
  readonly kind: LedgerRecord["kind"];
  readonly now: Date;
}

/** Names the id that was used, and a new one. */
export function usedBefore(id: string, how: string): Refusal {
  return refused(
    "id-used",
    `restore.id: ${id} was used before${how}`,
    `pulumi config set --path restore.id ${id}-2`,
  );
}

/**
 * Whether an operation may have the ledger: nobody has it, what had it is over, or it is the operation's own and open.
 *
 * Its own that was undone before anything was stopped left nothing behind: it may be opened again.
 */
export function judgeLock(
  record: LedgerRecord | undefined,
  { id, kind, now }: LockRequest,
  advice: Pick<Advice, "place" | "twoWaysOut">,
): Refusal | undefined {
  if (record === undefined) return undefined;
  if (record.id !== id) return isOver(record) ? undefined : heldBy(record, now, advice);
  if (record.phase === "undone" && !reached(record, "quiesced")) return undefined;
  // It is not over: a new id would only be held off by it.
  if (record.phase === "committed")
    return refused(
      "id-used",
      `restore.id: ${id} was used before (it is committed, not finished)`,
      advice.twoWaysOut,
    );
  if (record.phase === "undone" || record.phase === "finished")
    return usedBefore(id, ` (it is ${record.phase})`);
  if (record.kind !== kind)
    return refused("id-other-kind", `restore.id: ${id} is under way as a ${record.kind}`, advice.twoWaysOut);
  if (record.phase !== "undoing") return undefined;
  return failed(
    "id-undoing",
    `restore.id: ${id} is being undone since ${record.times.undoing ?? "an unknown time"}`,
    "'pulumi destroy' on its stack goes on with that; without its stack: etcd-recovery undo",
  );
}

/** Another operation has the ledger. */
export function heldBy(
  { id, phase, holder, times }: LedgerRecord,
  now: Date,
  { place, twoWaysOut }: Pick<Advice, "place" | "twoWaysOut">,
): Refusal {
  const { open } = times;
  const since = open === undefined ? "" : ` since ${open}`;
  const age = open === undefined ? "" : `${ago(open, now)}; `;
  return refused(
    "held",
    `${place}: restore ${id} of this cluster is under way${since} (${age}it is ${phase}, started by ${holder})`,
    twoWaysOut,
  );
}

/** Whether the ledger stands for this operation already, open: what there was to say against it was said. */
export const isUnderWay = (record: LedgerRecord | undefined, id: string): record is LedgerRecord =>
  record !== undefined && record.id === id && !isOver(record);
