import type { Act, ActContext } from "../../act";
import { brokenQuarantine } from "../../judgements/quarantine";
import { type LedgerRecord, reached } from "../../ledgerRecord";
import { demand, failed } from "../../refusal";
import { allOf } from "../../waiting";
import { foundOf, workloadsOf } from "../foundParts";
import { awaitReady, expectedServing } from "../ready";
import { demandServing } from "../scaleUpApiServers";
import { demandUserApi } from "../userApi";
import { awaitInside, type Quarantined, quarantineOf, standFenced } from "./standing";

/** Opens the fence when nothing under quarantine runs, and waits until the cluster's own address answers. */
export const openFence: Act = async (context) => {
  const { ledger, say, substrate } = context;
  const record = await ledger.require("started");
  const under = quarantineOf(context, record);
  if (under === undefined) {
    say("nothing is put under quarantine: there is no fence");
    return {};
  }
  if (!reached(record, "opening")) await demandQuarantined(context, under, record);
  await ledger.keep(["started"], {}, ["opening"]);
  await under.fence.open(ledger.permit("started"));
  const found = foundOf(record, ledger, substrate.advice);
  const servers = workloadsOf(found, "apiServers");
  const ready = servers.map((workload) =>
    awaitReady(context, workload, expectedServing(workload, found), 0.1),
  );
  await demandServing(context, await allOf(ready));
  await demandUserApi(context);
  say("the fence is open");
  return {};
};

/** The last look: something may have been started anew since, machines among them. */
async function demandQuarantined(
  context: ActContext,
  under: Quarantined,
  record: LedgerRecord,
): Promise<void> {
  const { cluster } = under.fence;
  await standFenced(context, under, record);
  await awaitInside(context, under);
  const workloads = record.quarantine?.workloads ?? [];
  const broken = brokenQuarantine(workloads, await cluster.workloads());
  const pods = await Promise.all(workloads.map(({ name }) => cluster.podsOf(name)));
  const again = pods.flat().map(({ name }) => `Pod ${name} is there again`);
  const [first, ...others] = [...broken, ...again];
  if (first === undefined) return;
  demand(
    failed(
      "quarantine-broken",
      [first, ...others].join("; "),
      "Find what did it behind the fence (a static Pod?) and stop it. 'pulumi destroy' goes back.",
    ),
  );
}
