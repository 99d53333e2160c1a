import type { ActContext } from "../../act";
import { type LedgerRecord, reached } from "../../ledgerRecord";
import { errorOf, failed } from "../../refusal";
import type { Still } from "../../substrate";
import { messageOf } from "../../waiting";
import { foundOf, title, workloadsOf } from "../foundParts";
import { because } from "../gone";
import { GO_BACK } from "./asking";

/** Nobody may write before the restored data is proven: an API server that runs now was started by somebody else. */
export async function demandNotServing(
  { substrate, ledger }: Pick<ActContext, "substrate" | "ledger">,
  record: LedgerRecord,
): Promise<void> {
  if (reached(record, "serving")) return;
  const { advice, workloads } = substrate;
  let still: readonly Still[];
  try {
    still = await workloads.still(workloadsOf(foundOf(record, ledger, advice), "apiServers"));
  } catch (cause) {
    throw errorOf(
      failed(
        "servers-unknown",
        `could not ask for the API servers (${messageOf(cause)})`,
        `Run 'pulumi up' again. ${GO_BACK}`,
      ),
    );
  }
  const again = still.find(({ wanted }) => wanted > 0);
  if (again === undefined) return;
  throw errorOf(
    failed(
      "servers-early",
      `${title(again.workload)}: something scaled it to ${again.wanted} replicas before the restored data was verified${because(again.by)}`,
      `Stop whatever did it, then: ${advice.stopByHand([again.workload])}; 'pulumi up' goes on. ${GO_BACK}`,
    ),
  );
}
