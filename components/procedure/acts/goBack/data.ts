import { parseState } from "../../../member/memberAnswers";
import { memberCalls } from "../../../member/memberCalls";
import type { ActContext } from "../../act";
import { judgeKnown } from "../../judgements/volume";
import { type Found, type LedgerPhase, type LedgerRecord, ledgerPhases } from "../../ledgerRecord";
import { errorOf, failed } from "../../refusal";
import { allOf, messageOf } from "../../waiting";
import { workloadsOf } from "../foundParts";
import { awaitGone, stopAll } from "../gone";
import { letGoOfVolumes, memberNames, onHeldVolumes } from "../volumes";
import type { Happened } from "./happened";
import { nameOf, serversAmong } from "./stop";

/**
 * Asks every volume before anything is changed. On doubt nothing is: one that cannot be asked may hold swapped data.
 *
 * @param backTo phase that the ledger goes back to then, so that both ways stay open; undefined: an earlier undo may have
 *   changed something already
 */
export async function askVolumes(context: ActContext, backTo: LedgerPhase | undefined): Promise<void> {
  const { id, ledger, substrate } = context;
  const members = memberNames(context);
  const { volumes } = substrate;
  const answers = await Promise.allSettled(
    members.map((member) => volumes.run(member, memberCalls.state(id))),
  );
  const silent = answers.flatMap((answer, n) => {
    const isAsked = answer.status === "fulfilled";
    const known = isAsked && volumes.mayBeUnmounted ? judgeKnown(parseState(answer.value), id) : undefined;
    const why = isAsked ? known : messageOf(answer.reason);
    return why === undefined ? [] : [`${members[n]}: ${why}`];
  });
  if (silent.length === 0) return;
  const now = backTo === undefined ? undefined : await ledger.retreat("undoing", backTo, "asking");
  const isBack = now !== undefined && now.phase === backTo;
  const goOn = isBack ? " Nothing was changed: 'pulumi up' can go on as well." : "";
  throw errorOf(
    failed(
      "volume-silent",
      `not every member's volume could be asked: the data stays as it is: ${silent.join("; ")}`,
      `Mend the cause (a machine that does not answer?), then run the same command again.${goOn}`,
    ),
  );
}

/** The furthest phase forward that the ledger ever had. */
export const furthest = ({ times }: LedgerRecord): LedgerPhase =>
  ledgerPhases.findLast((phase) => times[phase] !== undefined) ?? "open";

/** Puts the previous data back on every member, whatever part of its swap was done. */
export async function unswapAll(context: ActContext, found: Found, happened: Happened): Promise<void> {
  const { id, say, substrate } = context;
  try {
    await allOf(memberNames(context).map((member) => substrate.volumes.run(member, memberCalls.unswap(id))));
  } catch (cause) {
    throw errorOf(
      failed(
        "not-unswapped",
        `the previous data is not back on every member: ${messageOf(cause)}`,
        `Run 'pulumi destroy' again; by hand: rename member.pre-${id} to member on each volume.`,
      ),
    );
  }
  // A start that a killed run had sent may have arrived meanwhile: that etcd has the directory that was moved away.
  const parts = serversAmong(happened);
  const servers = workloadsOf(found, ...parts);
  if ((await substrate.workloads.still(servers)).length > 0) {
    await stopAll(context, nameOf(parts), servers, "undoing");
    await awaitGone(context, nameOf(parts), servers);
  }
  say("previous data back on every member");
}

/** Clears what was staged, where something of ours lives to do it: on the others it stays, beside the data. */
export async function clearStaging(context: ActContext): Promise<void> {
  const { id, say } = context;
  let cleared: readonly string[] = [];
  try {
    cleared = await onHeldVolumes(context, memberCalls.clear(id));
  } catch (cause) {
    say(`could not ask which volumes are held: ${messageOf(cause)}`);
  }
  const left = memberNames(context).filter((member) => !cleared.includes(member));
  for (const member of left) {
    say(
      `${member}: what was staged may lie on its volume still, in .etcd-recovery/${id}; it does no harm there`,
    );
  }
  if (cleared.length > 0) say(`staging cleared: ${cleared.join(", ")}`);
}

/** Etcd may start anywhere. What does not let go delays a member's start, and does no harm to its data. */
export async function letGoForStart(context: ActContext): Promise<void> {
  await letGoOfVolumes(context).catch((cause: unknown) => context.say(`warning: ${messageOf(cause)}`));
}
