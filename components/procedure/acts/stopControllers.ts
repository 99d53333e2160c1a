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
 * The last look: hours may have passed since the members were staged. Users write where a quorum lives, and what was found
 * may have changed: nothing of it was stopped yet.
 */
export const stopControllers: Act = async (context) => {
  const { ledger, substrate, say } = context;
  const before = await ledger.require("staged", "quiesced");
  const fresh = before.phase === "staged" ? await lookOnceMore(context, before) : {};
  const record = await ledger.advance("quiesced", ["staged"], fresh);
  const controllers = workloadsOf(foundOf(record, ledger, substrate.advice), "controllers");
  await stopAll(context, partNames.controllers, controllers, "quiesced");
  await awaitGone(context, partNames.controllers, controllers);
  say(`stopped: ${listed(controllers)}`);
  return {};
};

/** @returns the newest revision that anybody has said until now, and what is there now. @throws RefusedError */
async function lookOnceMore(context: ActContext, before: LedgerRecord): Promise<Partial<LedgerRecord>> {
  const { substrate, ledger } = context;
  const { statuses } = await askNeed(context, before);
  const { revision = "0", bump = "0", liveRevision = "0" } = before;
  const live = newestRevision(statuses);
  demand(judgeAhead({ live, revision, bump }, context.id));
  const known = foundOf(before, ledger, substrate.advice);
  const { found, refusals } = await substrate.workloads.find(known);
  demand(...refusals);
  const { workloads, others } = found;
  return {
    liveRevision: (live > BigInt(liveRevision) ? live : BigInt(liveRevision)).toString(),
    found: { ...known, workloads, others },
  };
}
