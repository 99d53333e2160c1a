import type { Act, ActContext } from "../act";
import { type Found, type FoundWorkload, type LedgerRecord, reached } from "../ledgerRecord";
import { messageOf } from "../waiting";
import { foundOf } from "./foundParts";
import { askVolumes, clearStaging, furthest, letGoForStart, unswapAll } from "./goBack/data";
import { backAfterCommit, type Happened, whatHappened } from "./goBack/happened";
import { notOurs } from "./goBack/notOurs";
import { putBack } from "./goBack/putBack";
import { stopTouched } from "./goBack/stop";
import { clearPki, unswapPki } from "./pki";
import { quarantineOf } from "./quarantine/standing";
import { expectedBack, expectedForward } from "./ready";
import { undoRepair } from "./repair/undoRepair";
import { warned } from "./warnings";

/**
 * Puts everything back as the ledger says, whatever subset was done. Does nothing unless the ledger is this operation's own
 * and not over. What may have happened is read from the table of phases: no act knows its own way back.
 */
export const undo: Act = async (context) => {
  if (context.operation === "repair") return undoRepair(context);
  const { id, ledger, say } = context;
  const { record: own } = await ledger.read();
  if (own?.id !== id) {
    say(notOurs(ledger, own));
  } else if (own.phase === "finished" || own.phase === "undone") {
    say(`restore ${id} is ${own.phase}: nothing to undo`);
  } else if (own.phase === "committed") {
    await finish(context);
  } else {
    await goBack(context);
  }
  return {};
};

async function goBack(context: ActContext): Promise<void> {
  const { id, ledger, operation, say } = context;
  // From here no step of a killed run can move the ledger on, so none begins to swap.
  const { absent = [] } = context.substrate;
  const away = absent.length === 0 ? {} : { absent: absent.join(" ") };
  const phases = ["open", "staged", "quiesced", "swapped", "started"] as const;
  const record = await ledger.advance("undoing", phases, away, ["asking"]);
  const happened = whatHappened(operation, record);
  // What was put back before is not stopped again, however often this is run.
  if (!reached(record, "returned")) {
    // One that was killed while it asked has changed nothing either.
    await goBackWithData(context, record, happened, reached(record, "asking"));
  } else if (context.substrate.volumes.mayBeUnmounted && happened.swapped) {
    // Its machine may have been started anew since.
    await askVolumes(context, undefined);
  }
  let warnings: readonly string[] = [];
  if (happened.back.length > 0) {
    const found = foundHere(context, record);
    if (!found.quorum) say("there was no quorum before: everything is put back, nothing is waited for");
    warnings = await putBack(context, {
      ...{ record, found, phase: "undoing", what: happened.back, expected: expectedBack },
    });
  }
  warned(context, warnings);
  await tidy(context);
  await ledger.advance("undone", ["undoing"]);
  if (absent.length > 0)
    say(
      `${absent.join(", ")}: away; should it come back, run the undo again before anything else: it is undone alone then`,
    );
  say(`restore ${id} is undone${happened.swapped ? ": the previous data serves again" : ""}`);
}

/** What was found, as far as it can be here: of machines that are away nothing is waited for. */
function foundHere({ ledger, substrate }: ActContext, record: LedgerRecord): Found {
  const found = foundOf(record, ledger, substrate.advice);
  const { most } = substrate.workloads;
  if (most === undefined) return found;
  const bounded = ({ replicas, ready = replicas, ...workload }: FoundWorkload): FoundWorkload => ({
    ...workload,
    replicas: Math.min(replicas, most),
    ready: Math.min(ready, most),
  });
  return { ...found, workloads: found.workloads.map(bounded) };
}

/** First every question, then the first change; then stop, data, volumes, in this order. */
async function goBackWithData(
  context: ActContext,
  record: LedgerRecord,
  happened: Happened,
  first: boolean,
): Promise<void> {
  const { ledger, substrate } = context;
  const { staged, swapped, fenced, touched, back } = happened;
  const { mayBeUnmounted } = substrate.volumes;
  // What was staged, and says that a volume is the right one, an earlier undo may have cleared.
  if (swapped || (mayBeUnmounted && first && back.includes("etcd")))
    await askVolumes(context, first ? furthest(record) : undefined);
  await ledger.unmark("undoing", "asking");
  if (touched.length > 0) {
    const found = foundOf(record, ledger, substrate.advice);
    await stopTouched(context, found, happened);
    if (swapped) {
      await unswapAll(context, found, happened);
      await unswapPki(context, record);
    }
  }
  if (staged && !swapped) {
    await clearStaging(context);
    await clearPki(context, record);
  }
  if (fenced) await liftFence(context, record);
  if (back.includes("etcd")) await letGoForStart(context);
  await ledger.keep(["undoing"], {}, ["returned"]);
}

/**
 * The previous data serves everybody again. Nothing runs behind the fence any more: that was stopped before. Where nothing
 * was to be put under quarantine there is none, nor need a machine be able to have one.
 */
async function liftFence(context: ActContext, record: LedgerRecord): Promise<void> {
  const under = quarantineOf(context, record);
  if (under === undefined) return;
  await under.fence.lift(context.ledger.permit("undoing"));
  context.say("the fence is taken away");
}

/** Nothing goes back after the commit; what was still to be put back is put back. */
async function finish(context: ActContext): Promise<void> {
  const { id, ledger, operation, say, substrate } = context;
  const record = await ledger.require("committed");
  say(`restore ${id} is committed: nothing goes back, and what was still to be put back is put back`);
  const warnings = await putBack(context, {
    ...{ record, found: foundOf(record, ledger, substrate.advice), phase: "committed" },
    ...{ what: backAfterCommit(operation), expected: expectedForward },
  });
  warned(context, warnings);
  await tidy(context);
  await ledger.advance("finished", ["committed"]);
}

/** What only the operation needed. All is put back already: what cannot be cleared is told of. */
async function tidy({ own, say, substrate: { members, volumes } }: ActContext): Promise<void> {
  try {
    await volumes.release(members.map(({ name }) => name));
    warned({ say }, await volumes.clean(own));
  } catch (cause) {
    say(`warning: ${messageOf(cause)}`);
  }
}
