import { parseState } from "../../member/memberAnswers";
import { memberCalls } from "../../member/memberCalls";
import type { Act, ActContext } from "../act";
import { reasonOf } from "../judgements/need";
import { imageUnfit, judgeImageTool } from "../judgements/tool";
import { judgeFixed, judgeFormerUse, judgeSpace } from "../judgements/volume";
import type { LedgerRecord } from "../ledgerRecord";
import { demand } from "../refusal";
import { siteResult } from "../site";
import { forEachMember } from "./cluster";
import { guardRepair } from "./repair/guardRepair";
import { takeLock } from "./takeLock";
import { remedyFor } from "./tools";
import { onVolume } from "./volumes";

/**
 * Takes the lock and opens the ledger; its deletion undoes. Before it come the last refusals that leave nothing behind:
 * every member's volume can be worked on, was not used under this id, has room, and its image has a tool.
 *
 * @returns opened: when the ledger was opened; site: where it lies
 */
export const guard: Act = async (context) => {
  const site = await siteResult(context);
  if (context.operation === "repair") return { ...(await guardRepair(context)), ...site };
  const record = await takeLock(context, () => lookAtVolumes(context));
  context.say(`ledger: ${record.phase} (${context.ledger.place}, by ${record.holder})`);
  return { opened: record.times.open ?? "", ...site };
};

async function lookAtVolumes(context: ActContext): Promise<Partial<LedgerRecord>> {
  const { request, substrate } = context;
  await forEachMember(context, async (member) => {
    await substrate.volumes.await(member);
    await lookAtVolume(context, member);
  });
  const reason = reasonOf(request);
  return {
    reach: await substrate.volumes.describe(),
    ...(request.rollback === undefined ? {} : { rollback: request.rollback }),
    ...(reason === undefined ? {} : { reason: oneLine(reason) }),
    ...(request.quarantine === undefined ? {} : { quarantine: { wanted: request.quarantine } }),
    ...(request.overrides === undefined ? {} : { overrides: oneLine(request.overrides) }),
  };
}

async function lookAtVolume(context: ActContext, member: string): Promise<void> {
  const { id, request } = context;
  const answer = await onVolume(context, member, memberCalls.state(id), "Mend it, then 'pulumi up' goes on.");
  const state = parseState(answer);
  demand(judgeFormerUse(member, state, id), judgeFixed(member, state));
  const size = state.phase === "new" ? request.snapshot?.sizeBytes : undefined;
  if (size !== undefined) demand(judgeSpace(member, { ...state, size }));
  if (state.phase === "staged" || request.etcdutl !== undefined) return;
  const demands = { snapshotVersion: request.snapshot?.etcdVersion, serverVersion: undefined };
  const unfit = imageUnfit({ tool: state.tool, version: state.toolVersion }, demands);
  demand(judgeImageTool(request.utilityImage, unfit, remedyFor(undefined)));
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
