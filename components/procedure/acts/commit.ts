import type { Act, ActContext } from "../act";
import { judgeFenceStep, judgeOpened } from "../judgements/quarantine";
import type { LedgerRecord } from "../ledgerRecord";
import { demand } from "../refusal";
import { quarantineOf } from "./quarantine/standing";

/** From here nothing goes back by itself: the restored data is the cluster's. The ledger's phase is all there is to it. */
export const commit: Act = async (context) => {
  const { ledger, say } = context;
  const record = await ledger.require("started", "committed");
  demand(judgeFenceStep(record, "opening"));
  if (record.phase === "started") await demandOpen(context, record);
  await ledger.advance("committed", ["started"]);
  say("committed: from here nothing goes back by itself");
  return {};
};

/** @throws UserError where API servers are behind a fence still: after the commit no step opens it */
async function demandOpen(context: ActContext, record: LedgerRecord): Promise<void> {
  const under = quarantineOf(context, record);
  if (under === undefined) return;
  const { closed } = await under.fence.state(context.id);
  demand(judgeOpened(record, closed));
}
