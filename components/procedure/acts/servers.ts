import type { Act } from "../act";
import type { Part } from "../ledgerRecord";
import { foundOf, partNames, workloadsOf } from "./foundParts";
import { awaitGone, stopAll } from "./gone";

/** Stops one part whole and waits until it is gone. The mark `stopping` is in the ledger: undo stops it whole as well. */
function scaleDown(part: Part): Act {
  return async (context) => {
    const { ledger, substrate, say } = context;
    const found = foundOf(await ledger.require("quiesced"), ledger, substrate.advice);
    const servers = workloadsOf(found, part);
    await stopAll(context, partNames[part], servers, "quiesced");
    await awaitGone(context, partNames[part], servers);
    say(`${partNames[part]}: stopped`);
    return {};
  };
}

/** Here the outage begins. What an API server still writes goes to the etcd that is being put aside. */
export const scaleDownApiServers: Act = scaleDown("apiServers");

/** Runs beside it, as a process of its own. */
export const scaleDownEtcd: Act = scaleDown("etcd");
