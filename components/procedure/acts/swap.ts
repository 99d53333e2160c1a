import { memberCalls } from "../../member/memberCalls";
import type { Act } from "../act";
import { errorOf, failed } from "../refusal";
import { requireServersGone } from "./serversGone";
import { onVolume } from "./volumes";

/** Swaps one member's data. The phase is written before the first swap: from there undo asks every volume. */
export const swap: Act = async (context) => {
  const { id, ledger, member, say } = context;
  if (member === undefined) throw errorOf(failed("swap-whom", "swap: no member is named", "pulumi up"));
  await requireServersGone(context, await ledger.require("quiesced", "swapped"));
  const { snapshot, bump } = await ledger.advance("swapped", ["quiesced"]);
  await onVolume(
    context,
    member,
    memberCalls.swap(id, { ...(snapshot ? { sha256: snapshot } : {}), ...(bump ? { bump } : {}) }),
    "Mend the cause, then 'pulumi up' goes on; 'pulumi destroy' goes back.",
  );
  say(`${member}: swapped`);
  return {};
};
