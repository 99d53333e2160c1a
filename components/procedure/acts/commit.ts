import type { Act } from "../act";
import { judgeFenceStep } from "../judgements/quarantine";
import { demand } from "../refusal";

/** From here nothing goes back by itself: the restored data is the cluster's. The ledger's phase is all there is to it. */
export const commit: Act = async ({ ledger, say }) => {
  demand(judgeFenceStep(await ledger.require("started", "committed"), "opening"));
  await ledger.advance("committed", ["started"]);
  say("committed: from here nothing goes back by itself");
  return {};
};
