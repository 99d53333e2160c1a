import type { Act, ActContext } from "../act";
import type { Found, FoundWorkload } from "../ledgerRecord";
import { errorOf, failed } from "../refusal";
import { allOf } from "../waiting";
import { foundOf, workloadsOf } from "./foundParts";
import { awaitRenewal, handOver, type LeaseOutcome, leadersAmong, type RestoredLease } from "./leases";
import {
  awaitReady,
  expectedForward,
  isEnough,
  isWhole,
  type Outcome,
  sayTroubles,
  sentence,
  startAll,
} from "./ready";
import { warned } from "./warnings";
import { restartOthers, stoppedReport } from "./workloadReport";

/** Starts the controllers, last, and sees that they work. What was found sick is reported, not waited for. */
export const startControllers: Act = async (context) => {
  const { ledger, substrate, say } = context;
  const found = foundOf(await ledger.require("committed"), ledger, substrate.advice);
  const controllers = workloadsOf(found, "controllers");
  const leases = await handOver(context, leadersAmong(controllers));
  await startAll(context, controllers, "committed");
  const restarting = restartOthers(context, found);
  const started = await allOf(
    controllers.map((workload) => seeAtWork(context, found, workload, leases ?? [])),
  ).finally(() => restarting);
  await demandRunning(
    context,
    started.map(({ outcome }) => outcome),
  );
  const others = await restarting;
  const renewed = started.flatMap(({ lease }) => (lease === undefined ? [] : [lease]));
  const warnings = [
    ...(leases === undefined
      ? ["leases in kube-system could not be read: whether the controllers work was not seen"]
      : []),
    ...started.filter(({ outcome }) => !isWhole(outcome)).map(({ outcome }) => sentence(outcome)),
    ...renewed.flatMap((lease) => ("warning" in lease ? [lease.warning] : [])),
    ...others.warnings,
  ];
  say(`controllers: ${controllers.length} started`);
  return {
    workloads: [...stoppedReport(found), ...others.workloads],
    leases: renewed.filter((lease) => "name" in lease),
    ...warned(context, warnings),
  };
};

interface Started {
  readonly outcome: Outcome;
  readonly lease: LeaseOutcome | undefined;
}

async function seeAtWork(
  context: ActContext,
  found: Found,
  workload: FoundWorkload,
  leases: readonly RestoredLease[],
): Promise<Started> {
  const outcome = await awaitReady(context, workload, expectedForward(workload, found));
  const lease = leases.find((each) => each.workload === workload);
  // Of what was found sick, or does not run, nobody can expect a lease.
  const works = lease !== undefined && outcome.least > 0 && isEnough(outcome);
  return { outcome, lease: works ? await awaitRenewal(context, lease) : undefined };
}

async function demandRunning(context: ActContext, outcomes: readonly Outcome[]): Promise<void> {
  const lame = outcomes.filter((outcome) => !isEnough(outcome));
  if (lame.length === 0) return;
  await sayTroubles(
    context,
    lame.map(({ workload }) => workload),
  );
  throw errorOf(
    failed(
      "controllers-lame",
      `the controllers are not all running (why: above): ${lame.map(sentence).join("; ")}; the user cluster itself serves`,
      "Mend the cause, then 'pulumi up' goes on.",
    ),
  );
}
