import { parseState } from "../../../member/memberAnswers";
import { memberCalls } from "../../../member/memberCalls";
import type { Act, ActContext } from "../../act";
import { memberOf } from "../../judgements/memberList";
import { judgeRepairSpace } from "../../judgements/repair";
import { judgeFixed, judgeFormerUse } from "../../judgements/volume";
import type { LedgerRecord } from "../../ledgerRecord";
import { demand } from "../../refusal";
import { takeLock } from "../takeLock";
import { onVolume } from "../volumes";
import { askRepairNeed, type Needed } from "./need";
import { RepairScene } from "./scene";

/**
 * Takes the lock and writes down what was found: the last gate before the first change. What an earlier run of this step
 * found stands: later steps may have changed the cluster since.
 */
export const guardRepair: Act = async (context) => {
  const { ledger, request, say } = context;
  const scene = RepairScene.of(context, request.repair);
  const { name } = scene.member;
  const record = await takeLock(context, () => gather(context, scene));
  const { phase, oldMember = "", peerUrl = "" } = record;
  say(`ledger: ${phase} (${ledger.place}; member ${name}, id ${oldMember || "none"})`);
  return { oldMember, peerUrl };
};

async function gather(context: ActContext, scene: RepairScene): Promise<Partial<LedgerRecord>> {
  const { ledger, request, substrate } = context;
  const { name, peerUrl } = scene.member;
  await substrate.volumes.await(name);
  const needed = await askRepairNeed(context, scene);
  await judgeVolume(context, name, needed);
  const found = memberOf(await scene.list(), { name, peerUrl });
  const earlier = (await ledger.read()).record;
  return {
    reach: { ...(await substrate.volumes.describe()) },
    member: name,
    ...(found === undefined ? {} : { oldMember: found.id }),
    peerUrl: found?.peerUrls || peerUrl,
    liveRevision: needed.liveRevision,
    // What an earlier restore added to the revision: a later restore bumps beyond it.
    ...(earlier?.revision === undefined ? {} : { revision: earlier.revision }),
    ...(earlier?.bump === undefined ? {} : { bump: earlier.bump }),
    ...(request.reason === undefined ? {} : { reason: request.reason.replaceAll("\n", " ") }),
  };
}

async function judgeVolume(context: ActContext, member: string, { size }: Needed): Promise<void> {
  const call = memberCalls.state(context.id);
  const state = parseState(await onVolume(context, member, call, "'pulumi up' tries again."));
  demand(
    judgeFormerUse(member, state, context.id),
    judgeFixed(member, state),
    judgeRepairSpace({ member, available: state.available, size }),
  );
}
