import type { Act, ActContext } from "../act";
import { newestRevision } from "../etcdStatus";
import { judgeAhead } from "../judgements/bump";
import { askNeed } from "../judgements/need";
import type { LedgerRecord } from "../ledgerRecord";
import { demand } from "../refusal";
import { foundOf, listed, partNames, workloadsOf } from "./foundParts";
import { awaitGone, stopAll } from "./gone";

/**
 * Stops what must not watch the swap: caches of controllers and schedulers that were filled before destroy restored
 * objects. The API still answers meanwhile.
 *
 * The last look: hours may have passed since the members were staged, and users write where a quorum lives.
 */
export const stopControllers: Act = async (context) => {
  const { ledger, substrate, say } = context;
  const before = await ledger.require("staged", "quiesced");
  const live = before.phase === "staged" ? await askOnceMore(context, before) : undefined;
  const record = await ledger.advance(
    "quiesced",
    ["staged"],
    live === undefined ? {} : { liveRevision: live },
  );
  const controllers = workloadsOf(foundOf(record, ledger, substrate.advice), "controllers");
  await stopAll(context, partNames.controllers, controllers, "quiesced");
  await awaitGone(context, partNames.controllers, controllers);
  say(`stopped: ${listed(controllers)}`);
  return {};
};

/** @returns the newest revision that anybody has said until now. @throws RefusedError */
async function askOnceMore(context: ActContext, before: LedgerRecord): Promise<string> {
  const { statuses } = await askNeed(context, before);
  const { revision = "0", bump = "0", liveRevision = "0" } = before;
  const live = newestRevision(statuses);
  demand(judgeAhead({ live, revision, bump }, context.id));
  return (live > BigInt(liveRevision) ? live : BigInt(liveRevision)).toString();
}
