import type { Act } from "../act";

/** From here nothing goes back by itself: the restored data is the cluster's. The ledger's phase is all there is to it. */
export const commit: Act = async ({ say }) => {
  say("committed: from here nothing goes back by itself");
  return {};
};
