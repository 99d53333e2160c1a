import type { Act } from "../../act";
import { fencedNow } from "./standing";

/** Bars the API servers, before they start, to everybody but us. */
export const fence: Act = async (context) => {
  const { id, ledger, say } = context;
  const under = fencedNow(context, await ledger.require("started"));
  if (under === undefined) {
    say("nothing is put under quarantine: no fence");
    return {};
  }
  await under.fence.raise(id, ledger.permit("started"));
  say(`fenced: for the quarantine of ${under.wanted.join(", ")}`);
  return {};
};
