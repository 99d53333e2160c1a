import type { ActContext } from "../act";
import type { LedgerRecord } from "../ledgerRecord";
import { errorOf, failed } from "../refusal";
import type { Still } from "../substrate";
import { messageOf } from "../waiting";
import { foundOf, title, workloadsOf } from "./foundParts";
import { because } from "./gone";

/**
 * What was stopped is still stopped: between the stop and the start nothing may run, or data is swapped under a running
 * etcd, or the members do not begin together, or a controller that knows the cluster of before destroys what is restored.
 *
 * @throws UserError when something runs, or it could not be asked
 */
export async function requireServersGone(context: ActContext, record: LedgerRecord): Promise<void> {
  const { substrate, ledger, say } = context;
  const { workloads, advice } = substrate;
  const found = foundOf(record, ledger, advice);
  const servers = workloadsOf(found, "apiServers", "etcd");
  let still: readonly Still[];
  try {
    still = await workloads.still([...servers, ...workloadsOf(found, "controllers")]);
  } catch (cause) {
    throw errorOf(
      failed(
        "servers-unknown",
        `${advice.place}: could not ask whether the API servers and etcd are still stopped (${messageOf(cause)})`,
        "Run 'pulumi up' again.",
      ),
    );
  }
  if (still.length === 0) return;
  for (const each of still) say(lineOf(each));
  const names = servers.map(({ name }) => name);
  const again = still.map(({ workload }) => workload);
  const isServer = again.some((name) => names.includes(name));
  const toStop = isServer ? [...new Set([...names, ...again])] : again;
  throw errorOf(
    failed(
      "servers-again",
      `the ${isServer ? "servers" : "controllers"} were stopped, and something started them again: this step changes nothing`,
      `Stop whatever did it, then: ${advice.stopByHand(toStop)}; 'pulumi up' goes on, 'pulumi destroy' goes back.`,
    ),
  );
}

function lineOf({ workload, wanted, instances, by, events }: Still): string {
  const living = instances.length === 0 ? "" : `; there: ${instances.join(", ")}`;
  const last = events.length === 0 ? "" : `; its last events: ${events.join(";")}`;
  return `${title(workload)}: ${wanted} replicas${because(by)}${living}${last}`;
}
