import type { Act } from "../act";
import { errorOf, failed } from "../refusal";
import { allOf } from "../waiting";
import { foundOf, listed, partNames, workloadsOf } from "./foundParts";
import { awaitGone, stopAll } from "./gone";
import { awaitReady, expectedForward, isEnough, isWhole, sayTroubles, sentence, startAll } from "./ready";
import { warned } from "./warnings";

/** Stops what maintains etcd: it acts on members while they are stopped and swapped. */
export const scaleDownMaintenance: Act = async (context) => {
  const { ledger, substrate, say } = context;
  const found = foundOf(await ledger.require("quiesced"), ledger, substrate.advice);
  const maintenance = workloadsOf(found, "maintenance");
  await stopAll(context, partNames.maintenance, maintenance, "quiesced");
  await awaitGone(context, partNames.maintenance, maintenance);
  say(`stopped: ${listed(maintenance)}`);
  return {};
};

/** Starts it as it was found. */
export const scaleUpMaintenance: Act = async (context) => {
  const { ledger, substrate, say } = context;
  const found = foundOf(await ledger.require("committed"), ledger, substrate.advice);
  const maintenance = workloadsOf(found, "maintenance");
  await startAll(context, maintenance, "committed");
  const outcomes = await allOf(
    maintenance.map((workload) => awaitReady(context, workload, expectedForward(workload, found))),
  );
  const lame = outcomes.filter((outcome) => !isEnough(outcome));
  await sayTroubles(
    context,
    lame.map(({ workload }) => workload),
  );
  if (lame.length > 0) {
    throw errorOf(
      failed(
        "maintenance-lame",
        `the maintenance of etcd does not run (why: above): ${lame.map(sentence).join("; ")}; the user cluster itself serves`,
        "Mend the cause, then 'pulumi up' goes on.",
      ),
    );
  }
  say(`started: ${listed(maintenance)}`);
  return warned(context, outcomes.filter((outcome) => !isWhole(outcome)).map(sentence));
};
