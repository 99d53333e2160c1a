import { isDeepStrictEqual } from "node:util";
import { parseLedger } from "./ledgerFormat";
import { type ForwardPhase, isOver, type LedgerRecord, ledgerPhases, reached } from "./ledgerRecord";
import type { LedgerCopy, LedgerFields } from "./ledgerStore";
import { errorOf, failed } from "./refusal";

/**
 * One record of several copies. A phase is written before its effect, so of copies of one operation the one that is
 * furthest forward says all that may have begun: a copy that lags is of a machine that was away, or of a write that was
 * cut short.
 *
 * @throws UserError when the copies are of different operations: two operators were at work
 */
export function mergeCopies(copies: readonly LedgerCopy[]): LedgerRecord | undefined {
  const all = copies.flatMap(({ fields, place }) =>
    fields === undefined ? [] : [parseLedger(fields, place)],
  );
  // One that is over still lies where the lock of the next was not written yet.
  const living = all.filter(
    (record) =>
      !isOver(record) || all.some(({ id, phase }) => id === record.id && !isOver({ ...record, phase })),
  );
  const records = living.length > 0 ? living : newestOf(all);
  const [first] = records;
  if (first === undefined) return undefined;
  const ids = [...new Set(records.map(({ id }) => id))];
  if (ids.length > 1) {
    const where = copies.map(({ place, fields }) => `${place}: ${fields?.id ?? "none"}`).join("; ");
    throw errorOf(
      failed(
        "ledger-split",
        `the copies of the ledger are of different restores (${where})`,
        "Finish or undo each on its own stack.",
      ),
    );
  }
  // An undo that has begun anywhere has begun; one that a copy does not know of is not over: its machine was away.
  // Where it has begun to change something, a copy that was away may say that it only asks.
  const those = records.filter(({ phase }) => phase === "undoing");
  const undoing = those.find(({ times }) => times.asking === undefined) ?? those[0];
  const undone = records.find(({ phase }) => phase === "undone");
  const over = undone !== undefined && !records.every(isOver) ? undone : undefined;
  const back = undoing ?? over;
  if (back !== undefined) return { ...back, phase: "undoing", times: timesOfUndo(back, records) };
  return records.reduce((most, record) => (order(record) > order(most) ? record : most), first);
}

/** Data is back where a copy says so: on a machine that was away, and has come, it is not, whatever the others say. */
function timesOfUndo({ times }: LedgerRecord, copies: readonly LedgerRecord[]): LedgerRecord["times"] {
  const isBack = (copy: LedgerRecord) => reached(copy, "returned") || copy.phase === "undone";
  if (copies.every(isBack)) return times;
  const { returned: _, ...others } = times;
  return others;
}

/** Of operations that are over, the last. */
function newestOf(records: readonly LedgerRecord[]): readonly LedgerRecord[] {
  const opened = ({ times }: LedgerRecord) => times.open ?? "";
  const last = records.map(opened).sort().at(-1);
  return records.filter((record) => opened(record) === last);
}

/** Whether all copies say the same. */
export function areLevel(copies: readonly LedgerCopy[]): boolean {
  return copies.every(({ fields }) => isSame(fields, copies[0]?.fields));
}

/** Whether both say the same; one that is absent says nothing. */
export function isSame(a: LedgerFields | undefined, b: LedgerFields | undefined): boolean {
  return isDeepStrictEqual(a ?? {}, b ?? {});
}

const order = ({ phase }: LedgerRecord): number => {
  const at = ledgerPhases.indexOf(phase as ForwardPhase);
  return at < 0 ? ledgerPhases.length : at;
};
