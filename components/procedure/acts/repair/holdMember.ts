import { memberCalls } from "../../../member/memberCalls";
import type { Act } from "../../act";
import { onVolume } from "../volumes";
import { sceneOf } from "./scene";

/**
 * Puts the member's data aside and blocks its place, so that its own etcd, which is started again and again, can only
 * fail until its new data is there. The first change.
 */
export const holdMember: Act = async (context) => {
  const { id, ledger, say } = context;
  const scene = sceneOf(context, await ledger.require("open", "quiesced"));
  const { name } = scene.member;
  await scene.requireOthers();
  await ledger.advance("quiesced", ["open"]);
  const hold = () => onVolume(context, name, memberCalls.hold(id), "'pulumi up' tries again.");
  await hold();
  // What ran until now still has the old files open; once it has ended, nothing can get past the block.
  await scene.repair.endInstance(name, ledger.permit("quiesced"), "held");
  await hold();
  say(`${name}: its data is kept as member.pre-${id}, its etcd is held`);
  return {};
};
