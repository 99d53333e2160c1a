import { parseState } from "../../../member/memberAnswers";
import { memberCalls } from "../../../member/memberCalls";
import type { Act } from "../../act";
import { onVolume } from "../volumes";
import { sceneOf } from "./scene";

/** Gives the member its new data, lets go of its volume, and starts it on that. */
export const adoptMember: Act = async (context) => {
  const { id, ledger, substrate, say } = context;
  const scene = sceneOf(context, await ledger.require("swapped"));
  const { name } = scene.member;
  const remedy = "'pulumi up' tries again, 'pulumi destroy' goes back.";
  const { phase } = parseState(await onVolume(context, name, memberCalls.state(id), remedy));
  if (phase !== "swapped") await onVolume(context, name, memberCalls.adopt(id), remedy);
  // The instance that is made next may be on any machine.
  await substrate.volumes.release([name]);
  // An instance made anew starts at once; the one that failed would have to wait. Twice does no harm.
  await scene.repair.endInstance(name, ledger.permit("swapped"));
  say(`${name}: swapped`);
  return {};
};
