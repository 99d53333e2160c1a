import type { ActContext } from "../act";
import { heldBy, isUnderWay, judgeLock } from "../judgements/lock";
import { holder, now } from "../ledger";
import { LEDGER_FORMAT, type LedgerRecord } from "../ledgerRecord";
import { LedgerMoved } from "../ledgerStore";
import { demand } from "../refusal";

/**
 * Takes the lock: the ledger of an operation that is over becomes history, and ours takes its place. What is judged and what
 * is written over are one read: of two that judge the same ledger, one gets it, and the other is told who.
 *
 * @param gather what else is written; asked after the judgement, before the write. Not asked when the ledger is ours already
 */
export async function takeLock(
  context: Pick<ActContext, "id" | "ledger" | "substrate">,
  gather: () => Promise<Partial<LedgerRecord>>,
): Promise<LedgerRecord> {
  const { id, ledger, substrate } = context;
  const judge = (record: LedgerRecord | undefined) =>
    demand(judgeLock(record, { id, kind: ledger.kind, now: new Date() }, substrate.advice));
  const first = (await ledger.read()).record;
  judge(first);
  if (isUnderWay(first, id)) return first;
  const record = newRecord(context, await gather());
  // Read anew: what was asked meanwhile took its time.
  const state = await ledger.read();
  judge(state.record);
  if (isUnderWay(state.record, id)) return state.record;
  try {
    await ledger.take(record, state);
    return record;
  } catch (cause) {
    return taken(context, record, cause);
  }
}

function newRecord(
  { id, ledger, substrate }: Pick<ActContext, "id" | "ledger" | "substrate">,
  fields: Partial<LedgerRecord>,
): LedgerRecord {
  return {
    ...{ format: LEDGER_FORMAT, id, kind: ledger.kind, phase: "open", holder: holder() },
    ...{ times: { open: now() }, names: substrate.names, reach: {} },
    ...fields,
  };
}

/** Somebody was faster, or the answer to our own write was lost: what is there now decides. */
async function taken(
  { id, ledger, substrate }: Pick<ActContext, "id" | "ledger" | "substrate">,
  ours: LedgerRecord,
  cause: unknown,
): Promise<LedgerRecord> {
  const { record } = await ledger.read();
  if (record?.id === id && record.times.open === ours.times.open && record.holder === ours.holder)
    return record;
  if (!(cause instanceof LedgerMoved)) throw cause;
  demand(judgeLock(record, { id, kind: ledger.kind, now: new Date() }, substrate.advice));
  // The same id, opened by another run: one of the two is not ours to go on with.
  if (record !== undefined && record.id === id) demand(heldBy(record, new Date(), substrate.advice));
  throw cause;
}
