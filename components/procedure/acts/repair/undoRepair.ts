import { memberCalls } from "../../../member/memberCalls";
import type { Act, ActContext } from "../../act";
import { answers } from "../../judgements/repair";
import { type LedgerRecord, reached } from "../../ledgerRecord";
import { demand, errorOf, failed, type Refusal, refused } from "../../refusal";
import { messageOf } from "../../waiting";
import { notOurs } from "../goBack/notOurs";
import { onVolume } from "../volumes";
import { type RepairScene, sceneOf, toGoOn } from "./scene";

/**
 * Puts back what can be put back, as the ledger says. Does nothing unless the ledger is this repair's own and still open.
 * On doubt it changes nothing: could-not-ask is never taken for not-done. The others are never touched.
 */
export const undoRepair: Act = async (context) => {
  const { id, ledger, say } = context;
  const { record } = await ledger.read();
  if (record?.id !== id) {
    say(notOurs(ledger, record));
    return {};
  }
  if (record.phase === "undone" || record.phase === "finished") {
    say(`repair ${id} is ${record.phase}: nothing to undo`);
    return {};
  }
  if (record.phase === "committed") {
    await tidy(context, record);
    await ledger.advance("finished", ["committed"]);
    return {};
  }
  const changed = reached(record, "quiesced");
  if (changed) demand(judgeAbsent(context, record));
  const scene = sceneOf(context, record);
  // First every question, then the first change.
  const out = changed && (await isOut(context, scene, record));
  // From here no step of a killed run can move the ledger on.
  await ledger.advance("undoing", ["open", "quiesced", "swapped", "started"]);
  if (changed) await putBack(context, scene, record, out);
  // The ledger's end comes last: one that is killed before it is done again.
  await tidy(context, record);
  await ledger.advance("undone", ["undoing"]);
  return {};
};

/** What a repair has changed lies with its member alone: without that there is nothing to put back. */
function judgeAbsent(
  { id, substrate: { absent = [] } }: ActContext,
  { member = "" }: LedgerRecord,
): Refusal | undefined {
  if (!absent.includes(member)) return undefined;
  return refused(
    "undo-absent-member",
    `repair ${id} is of ${member}, which is to be left out: what it has changed lies there alone`,
    `Start ${member} again, then undo without leaving it out. The others serve meanwhile.`,
  );
}

/** What only the repair needed. All is put back already: what cannot be cleared is told of. */
async function tidy({ own, say, substrate: { volumes } }: ActContext, record: LedgerRecord): Promise<void> {
  try {
    if (record.member !== undefined) await volumes.release([record.member]);
    for (const warning of await volumes.clean(own)) say(`warning: ${warning}`);
  } catch (cause) {
    say(`warning: ${messageOf(cause)}`);
  }
}

/** Whether etcd has removed the member's old id; asked with everything else that must answer before a change. */
async function isOut(context: ActContext, scene: RepairScene, { oldMember }: LedgerRecord): Promise<boolean> {
  const remedy = "Mend the others first (without a quorum: a restore), then run the same command again.";
  const list = await scene.list(`Nothing is changed. ${remedy}`);
  const { name } = scene.member;
  try {
    await context.substrate.volumes.run(name, memberCalls.state(context.id));
  } catch (cause) {
    const sentence = `the volume of ${name} could not be asked: its data stays as it is: ${messageOf(cause)}`;
    throw errorOf(failed("undo-volume", sentence, "Mend the cause, then run the same command again."));
  }
  return oldMember !== undefined && !list.some(({ id }) => id === oldMember);
}

/** One that is only late must not be taken for one that never came. */
async function hasJoined(scene: RepairScene): Promise<boolean> {
  const { name } = scene.member;
  return answers(await scene.awaitStatus((statuses) => answers(statuses, name)), name);
}

async function putBack(
  context: ActContext,
  scene: RepairScene,
  record: LedgerRecord,
  out: boolean,
): Promise<void> {
  const { id, substrate, say } = context;
  const { name } = scene.member;
  if (out && reached(record, "swapped") && (await hasJoined(scene))) {
    // Its previous data belongs to an id that etcd has removed: to put it back would only make the member bad again.
    say(
      `${name} has joined as ${record.newMember} and stays; its previous data is kept as member.pre-${id} on its volume`,
    );
    return;
  }
  const remedy = `Run 'pulumi destroy' again; by hand: rename member.pre-${id} to member on its volume.`;
  await onVolume(
    context,
    name,
    memberCalls.unhold(id),
    `The previous data is not back on ${name}. ${remedy}`,
  );
  await substrate.volumes.release([name]);
  await scene.repair.endInstance(name, context.ledger.permit("undoing"));
  say(`${name}: previous data back`);
  if (!out) return;
  say(
    `etcd has removed ${name}'s old id ${record.oldMember}, and never takes a removed id back: ${name} stays out. The others keep the quorum.`,
  );
  say(`  ${toGoOn(id)}`);
}
