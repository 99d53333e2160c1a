import type { ActContext } from "../../act";
import type { Fence, FenceState } from "../../fence";
import { type LedgerRecord, reached } from "../../ledgerRecord";
import { errorOf, failed } from "../../refusal";
import { secondsOf, waitUntil } from "../../waiting";
import { foundOf, listed, workloadsOf } from "../foundParts";

/** What an operation under quarantine works with. */
export interface Quarantined {
  readonly fence: Fence;
  readonly wanted: readonly string[];
}

/** undefined: nothing is put under quarantine, here or at all. */
export function quarantineOf(
  { substrate: { fence } }: Pick<ActContext, "substrate">,
  { quarantine }: Pick<LedgerRecord, "quarantine">,
): Quarantined | undefined {
  const wanted = quarantine?.wanted ?? [];
  return fence === undefined || wanted.length === 0 ? undefined : { fence, wanted };
}

/** The same while the fence is not to be opened yet: API servers are then started behind it alone. */
export const fencedNow = (
  context: Pick<ActContext, "substrate">,
  record: LedgerRecord,
): Quarantined | undefined => (reached(record, "opening") ? undefined : quarantineOf(context, record));

/**
 * Sees to it that all API servers are wanted, behind a fence that stands. It goes with a machine that is started anew, and so
 * does the API server behind it: then both are made once more.
 */
export async function standFenced(
  context: ActContext,
  { fence }: Quarantined,
  record: LedgerRecord,
): Promise<void> {
  const { id, ledger, say, substrate } = context;
  const { missing, loose } = await fence.state(id);
  if (loose.length > 0) throw startedLoose(context, loose, record);
  if (missing.length === 0) return;
  const permit = ledger.permit("started");
  await fence.raise(id, permit);
  const servers = workloadsOf(foundOf(record, ledger, substrate.advice), "apiServers");
  for (const server of servers) await fence.start(id, server, permit);
  say(`behind the fence: ${listed(servers)} (${missing.join(", ")})`);
}

/** What it let through is done; only its data going back helps. */
function startedLoose({ substrate, ledger }: ActContext, loose: FenceState["loose"], record: LedgerRecord) {
  const servers = workloadsOf(foundOf(record, ledger, substrate.advice), "apiServers").map(
    ({ name }) => name,
  );
  return errorOf(
    failed(
      "fence-late",
      `quarantine: something started the API server without the fence on ${loose.join(", ")}: whoever reached it may have acted on the restored data`,
      `'pulumi destroy' goes back. To go on all the same: ${substrate.advice.stopByHand(servers)}, then 'pulumi up'.`,
    ),
  );
}

/** Waits until the restored cluster answers us. @throws UserError when it does not */
export async function awaitInside({ substrate }: ActContext, { fence }: Quarantined): Promise<void> {
  const seconds = secondsOf("START_SECONDS", 180);
  const { done, unasked } = await waitUntil(() => fence.cluster.answers(), { seconds, every: 0.2 });
  if (done) return;
  throw errorOf(
    failed(
      "fenced-silent",
      `quarantine: the restored API server does not answer us behind the fence${unasked === undefined ? "" : `: ${unasked}`}`,
      `${substrate.advice.lookAtUserApi()}; then 'pulumi up' goes on; 'pulumi destroy' goes back to the previous data.`,
    ),
  );
}
