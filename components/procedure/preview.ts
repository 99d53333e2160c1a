import type { ActContext } from "./act";
import { type Inspection, inspect } from "./acts/inspect";
import { inspectRepair } from "./acts/repair/preflightRepair";
import { judgeSameMember } from "./judgements/repair";
import { judgeSnapshot } from "./judgements/snapshot";
import { isOver, reached } from "./ledgerRecord";
import type { Refusal } from "./refusal";
import { messageOf } from "./waiting";

/** What can be said before anybody says yes. Advice: preflight asks again, and binds. */
export interface Advised {
  readonly refusals: readonly Refusal[];
  readonly notes: readonly string[];
}

/**
 * Asks what preflight asks, for `pulumi preview`. Read-only, and it never fails: what could not be asked is a note.
 *
 * A stack whose operation the cluster knows already hears of it in a note: nobody can say here whether the stack is the one
 * that did it.
 */
export async function advise(context: ActContext): Promise<Advised> {
  try {
    if (context.operation !== "repair") return adviceOf(context, await inspect(context));
    const [inspection, { record }] = await Promise.all([inspectRepair(context), context.ledger.read()]);
    return adviceOf(context, { ...inspection, record });
  } catch (cause) {
    const refusal = refusalIn(cause);
    return refusal === undefined
      ? { refusals: [], notes: [`could not ask what preflight will ask: ${messageOf(cause)}`] }
      : { refusals: [refusal], notes: [] };
  }
}

function adviceOf(
  { id, request }: ActContext,
  { refusals, notes, record }: Pick<Inspection, "refusals" | "notes" | "record">,
): Advised {
  if (record?.id !== id) return { refusals, notes };
  // Undone before anything was stopped: it may begin again.
  if (record.phase === "undone" && !reached(record, "quiesced")) return { refusals, notes };
  const known = `restore ${id} is ${record.phase} on this cluster`;
  if (!isOver(record) && record.phase !== "committed") return { refusals, notes: [known, ...notes] };
  const done = `${known}: the stack that did it has nothing more to do; another one needs a new restore.id`;
  const changed = judgeSnapshot(record, request) ?? judgeSameMember(record, request.repair);
  return { refusals: changed === undefined ? [] : [changed], notes: [done] };
}

function refusalIn(cause: unknown): Refusal | undefined {
  const refusal = (cause as { readonly refusal?: Refusal } | undefined)?.refusal;
  return refusal?.code === undefined ? undefined : refusal;
}
