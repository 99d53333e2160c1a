import { memberCalls } from "../../member/memberCalls";
import type { Act, ActContext } from "../act";
import type { FoundWorkload, LedgerRecord } from "../ledgerRecord";
import { errorOf, failed } from "../refusal";
import { allOf } from "../waiting";
import { foundOf, title } from "./foundParts";
import { checkHosted } from "./hosted";
import { quarantineWarnings } from "./quarantine/quarantine";
import { letGoOfVolumes, onHeldVolumes } from "./volumes";
import { warned } from "./warnings";

/**
 * Lets go of everything that only the operation needed, compares what runs with what was found, and closes the ledger. The
 * ledger is closed last: what fails before is done again by the next run.
 */
export const release: Act = async (context) => {
  const { id, ledger, operation, say } = context;
  const record = operation === "finalize" ? undefined : await ledger.require("committed", "finished");
  const scaled = record !== undefined && operation !== "repair" ? await demandReplicas(context, record) : [];
  const after =
    operation !== "repair" && record !== undefined ? await checkHosted(context, record) : undefined;
  const warnings = [
    ...warned(context, [...scaled, ...(after?.warnings ?? [])]).warnings,
    ...(await letGo(context, record)),
    ...warned(context, await quarantineWarnings(context, record)).warnings,
  ];
  await ledgerFinished(context, record);
  const kept =
    operation === "finalize" ? "" : `; the previous data is kept as member.pre-${id} on every volume`;
  say(
    operation === "repair"
      ? `${record?.member}: repaired; its previous data is kept as member.pre-${id} on its volume`
      : `the volumes are let go, nothing else is left${kept}`,
  );
  return { warnings, ...(after?.hosted === undefined ? {} : { hosted: after.hosted }) };
};

/** Marks the volumes as over where something still holds one, ends that, and clears what no stack knows. */
async function letGo(context: ActContext, record: LedgerRecord | undefined): Promise<readonly string[]> {
  const { id, own, substrate } = context;
  await onHeldVolumes(context, memberCalls.release(id), record?.member);
  await letGoOfVolumes(context);
  const warnings = await substrate.volumes.clean(own);
  return warned(context, warnings).warnings;
}

async function ledgerFinished({ ledger }: ActContext, record: LedgerRecord | undefined): Promise<void> {
  if (record !== undefined) await ledger.advance("finished", ["committed"]);
}

/** @returns warnings: what has scaled itself since. @throws UserError for another number that nothing accounts for */
async function demandReplicas(context: ActContext, record: LedgerRecord): Promise<readonly string[]> {
  const { substrate, ledger } = context;
  const { workloads } = foundOf(record, ledger, substrate.advice);
  return (await allOf(workloads.map((workload) => demandNumber(context, workload)))).flat();
}

async function demandNumber({ substrate }: ActContext, workload: FoundWorkload): Promise<readonly string[]> {
  const { wanted, autoscaled = false } = await substrate.workloads.readiness(workload);
  const { name, part, replicas } = workload;
  if (wanted === replicas) return [];
  const many = `${title(name)} has ${wanted} replicas, the ledger says ${replicas}`;
  // Whoever wanted more, or wants as many as the load needs, has them wanted again as soon as they are taken away.
  if (part !== "etcd" && (wanted > replicas || (autoscaled && wanted > 0)))
    return [`${many}: it was scaled since, and stays so`];
  throw errorOf(failed("replicas-other", many, substrate.advice.scaleByHand(name, replicas)));
}
