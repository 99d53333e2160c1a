import type { Act, ActContext } from "../act";
import { askStatus } from "../etcdStatus";
import type { FoundWorkload } from "../ledgerRecord";
import { errorOf, failed } from "../refusal";
import { secondsOf } from "../waiting";
import { foundOf, workloadsOf } from "./foundParts";
import { sayTroubles, startAll, waitUntilHopeless } from "./ready";
import { requireServersGone } from "./serversGone";
import { letGoOfVolumes, memberNames } from "./volumes";

/** Starts the members as a set and waits until each answers and knows a leader. */
export const scaleUpEtcd: Act = async (context) => {
  const { ledger, substrate, say } = context;
  const before = await ledger.require("swapped", "started");
  // Between swap and start nothing may run, or the members did not begin together on the restored data.
  if (before.phase === "swapped") await requireServersGone(context, before);
  await letGoOfVolumes(context);
  const record = await ledger.advance("started", ["swapped"]);
  const etcd = workloadsOf(foundOf(record, ledger, substrate.advice), "etcd");
  await startAll(context, etcd, "started");
  await awaitSet(context, etcd);
  const expected = memberNames(context).length;
  say(`etcd: ${expected} of ${expected} members answer`);
  return {};
};

async function awaitSet(context: ActContext, etcd: readonly FoundWorkload[]): Promise<void> {
  const { substrate } = context;
  const names = memberNames(context);
  let absent = names;
  const { done } = await waitUntilHopeless(
    context,
    etcd,
    async () => {
      // A member that knows no leader answers, and is no part of a cluster yet.
      const joined = (await askStatus(substrate)).filter(({ role }) => role !== "no-leader");
      absent = names.filter((name) => !joined.some(({ member }) => member === name));
      return absent.length === 0;
    },
    { seconds: secondsOf("START_SECONDS", 180), every: 0.2 },
  );
  if (done) return;
  await sayTroubles(context, etcd);
  throw errorOf(
    failed(
      "etcd-no-set",
      `etcd: the members did not start as a set of ${names.length}; without a place in it: ${absent.join(" ")}`,
      "Mend what their logs say, then 'pulumi up' goes on; 'pulumi destroy' stops all members and goes back to the previous data.",
    ),
  );
}
