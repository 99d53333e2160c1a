import type { Act, ActContext } from "../act";
import { judgeFenceStep } from "../judgements/quarantine";
import { demand, errorOf, failed } from "../refusal";
import { allOf } from "../waiting";
import { foundOf, workloadsOf } from "./foundParts";
import { awaitInside, fencedNow, type Quarantined, standFenced } from "./quarantine/standing";
import {
  awaitReady,
  expectedServing,
  isEnough,
  isWhole,
  type Outcome,
  sayTroubles,
  sentence,
  startAll,
} from "./ready";
import { demandUserApi, GO_ON } from "./userApi";
import { warned } from "./warnings";

/**
 * Starts the API servers and waits until the user cluster's own address answers: here the outage ends, unless they are
 * started behind a fence. The mark `serving`
 * is in the ledger: from here an instance of theirs is ours, not somebody else's.
 */
export const scaleUpApiServers: Act = async (context) => {
  const { ledger, substrate, say } = context;
  const record = await ledger.require("started");
  const found = foundOf(record, ledger, substrate.advice);
  const servers = workloadsOf(found, "apiServers");
  demand(judgeFenceStep(record, "fencing"));
  const under: Quarantined | undefined = fencedNow(context, record);
  await (under === undefined ? startAll(context, servers, "started") : standFenced(context, under, record));
  const outcomes = await allOf(
    servers.map((workload) => awaitReady(context, workload, expectedServing(workload, found), 0.1)),
  );
  await demandServing(context, outcomes);
  await (under === undefined ? demandUserApi(context) : awaitInside(context, under));
  say(`API servers: ${sum(outcomes.map(({ readiness }) => readiness?.ready ?? 0))} ready`);
  return warned(context, outcomes.filter((outcome) => !isWhole(outcome)).map(sentence));
};

/** @throws UserError when fewer are ready than must be */
export async function demandServing(context: ActContext, outcomes: readonly Outcome[]): Promise<void> {
  const lame = outcomes.filter((outcome) => !isEnough(outcome));
  const slow = outcomes.filter(({ readiness, ready }) => (readiness?.ready ?? 0) < ready);
  await sayTroubles(
    context,
    slow.map(({ workload }) => workload),
  );
  if (lame.length === 0) return;
  const ready = sum(outcomes.map(({ readiness }) => readiness?.ready ?? 0));
  const wanted = sum(outcomes.map(({ workload }) => workload.replicas));
  throw errorOf(
    failed(
      "api-servers-lame",
      `API servers: ${ready} of ${wanted} are ready (why: above)`,
      `Mend the cause, ${GO_ON}`,
    ),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
