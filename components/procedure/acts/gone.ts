import { UserError } from "../../errors";
import type { ActContext } from "../act";
import type { FoundWorkload, LedgerPhase } from "../ledgerRecord";
import { errorOf, failed } from "../refusal";
import type { Advice, Still } from "../substrate";
import { allOf, messageOf, secondsOf, waitUntil } from "../waiting";
import { title } from "./foundParts";

type Means = Pick<ActContext, "substrate" | "ledger">;

/** Tells these workloads to have no instances, all at once, only while the ledger is ours and in one of the phases. */
export async function stopAll(
  { substrate, ledger }: Means,
  what: string,
  workloads: readonly FoundWorkload[],
  ...phases: readonly LedgerPhase[]
): Promise<void> {
  const permit = ledger.permit(...phases);
  try {
    await allOf(workloads.map((workload) => substrate.workloads.stop(workload, permit)));
  } catch (cause) {
    // The ledger says no, or the substrate knows better what to do.
    if (cause instanceof UserError) throw cause;
    throw errorOf(
      failed(
        "stop-failed",
        `could not stop: ${what}: ${messageOf(cause)}`,
        "Mend the cause, then run the same command again.",
      ),
    );
  }
}

/**
 * Waits until none of these is left. Ends at once when somebody starts one again: whoever did it would go on doing it, and
 * every second is one of the outage.
 */
export async function awaitGone(
  { substrate }: Pick<ActContext, "substrate">,
  what: string,
  workloads: readonly FoundWorkload[],
): Promise<void> {
  const seconds = secondsOf("GONE_SECONDS", 180);
  let still: readonly Still[] = [];
  const { done, unasked } = await waitUntil(
    async () => {
      still = await substrate.workloads.still(workloads);
      return still.length === 0 || still.some(isWanted);
    },
    { seconds, every: 0.1 },
  );
  if (still.some(isWanted)) throw startedAgain(still, substrate.advice);
  if (!done) throw notGone(what, seconds, still, unasked);
}

const isWanted = ({ wanted }: Still): boolean => wanted > 0;

function startedAgain(still: readonly Still[], advice: Pick<Advice, "stopByHand">) {
  const again = still.filter(isWanted);
  const each = again.map(
    ({ workload, wanted, by }) => `${title(workload)}: something wants ${wanted} again${because(by)}`,
  );
  return errorOf(
    failed(
      "started-again",
      `${each.join("; ")}: it was being stopped`,
      `Pause whatever did it, then: ${advice.stopByHand(again.map(({ workload }) => workload))}; 'pulumi up' goes on, 'pulumi destroy' goes back.`,
    ),
  );
}

function notGone(what: string, seconds: number, still: readonly Still[], unasked: string | undefined) {
  const left = still.flatMap(({ workload, instances }) =>
    instances.length === 0
      ? [title(workload)]
      : instances.map((instance) => `${instance} of ${title(workload)}`),
  );
  const why = unasked === undefined ? left.join(", ") : `could not ask (${unasked})`;
  return errorOf(
    failed(
      "not-gone",
      `${what}: not gone after ${seconds} s: ${why}`,
      "What runs on a node that does not answer stays, and what has finalizers until they are done. Mend the node, then run the same command again; never delete it by force.",
    ),
  );
}

/** How a sentence goes on with who did it. */
export const because = (by: string): string => (by === "" ? "" : ` (${by})`);
