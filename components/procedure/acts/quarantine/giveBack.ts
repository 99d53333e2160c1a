import type { ActContext } from "../../act";
import type { ScaledWorkload } from "../../fence";
import { now } from "../../ledger";
import { parseLedger } from "../../ledgerFormat";
import type { LedgerRecord } from "../../ledgerRecord";
import type { LedgerFields } from "../../ledgerStore";
import type { QuarantinedWorkload } from "../../quarantineRecord";
import { errorOf, failed, misset } from "../../refusal";
import { quarantineOf } from "./standing";

/** What is under quarantine still, of these names; undefined: all of it. @throws UserError for a name that is not */
export function heldBack(
  { quarantine }: Pick<LedgerRecord, "quarantine">,
  names: readonly string[] = [],
): readonly QuarantinedWorkload[] {
  const held = (quarantine?.workloads ?? []).filter(({ released }) => released === undefined);
  const strange = names.filter((name) => !held.some((one) => one.name === name));
  if (strange.length === 0)
    return names.length === 0 ? held : held.filter(({ name }) => names.includes(name));
  const known = held.map(({ name }) => name).join(", ") || "nothing";
  throw errorOf(
    misset(
      "not-quarantined",
      `${strange.join(", ")}: not under quarantine; that is: ${known}`,
      "Name one of these, or none for all.",
    ),
  );
}

/**
 * What is under quarantine still although another operation has followed, by the last restore that was finished: its data
 * is the cluster's. undefined: nothing, or the operation is that restore itself.
 */
export function heldEarlier(
  ledgers: readonly LedgerFields[],
  { id }: Pick<LedgerRecord, "id">,
): { readonly restore: string; readonly workloads: readonly QuarantinedWorkload[] } | undefined {
  const finished = ledgers
    .filter(({ phase, kind = "restore" }) => phase === "finished" && kind === "restore")
    .sort((a, b) => ((a.finished ?? "") < (b.finished ?? "") ? -1 : 1));
  const last = finished.at(-1);
  if (last === undefined || last.id === id) return undefined;
  const workloads = heldBack(parseLedger(last, `of restore ${last.id}`)).filter(
    ({ replicas }) => replicas > 0,
  );
  return workloads.length === 0 ? undefined : { restore: last.id ?? "", workloads };
}

/** Whether a workload is given its number back: not one that somebody has given another meanwhile, or that is gone. */
export function isGivenBack(workload: QuarantinedWorkload, found: readonly ScaledWorkload[]): boolean {
  return found.some(({ name, replicas }) => name === workload.name && replicas === 0);
}

/**
 * Ends the quarantine of these workloads: each is told the number that it had, and the ledger that it is released. After
 * the commit alone.
 */
export async function giveBack(context: ActContext, names: readonly string[]): Promise<void> {
  const { ledger, say } = context;
  const record = await ledger.require("committed", "finished");
  const held = heldBack(record, names);
  const under = quarantineOf(context, record);
  if (under === undefined || held.length === 0) {
    say("nothing is under quarantine");
    return;
  }
  const { cluster } = under.fence;
  if (!(await cluster.answers()))
    throw errorOf(
      failed(
        "fenced-silent",
        "the cluster's API server does not answer",
        context.substrate.advice.lookAtUserApi(),
      ),
    );
  const found = await cluster.workloads();
  for (const workload of held) {
    const { name, replicas } = workload;
    if (isGivenBack(workload, found)) await cluster.scale(name, replicas);
    say(
      isGivenBack(workload, found)
        ? `${name}: ${replicas} again`
        : `${name}: is not at 0, or gone: left as it is`,
    );
    await noteReleased(context, name);
  }
}

async function noteReleased({ ledger }: ActContext, released: string): Promise<void> {
  const { quarantine } = await ledger.require("committed", "finished");
  if (quarantine === undefined) return;
  const workloads = (quarantine.workloads ?? []).map((one) =>
    one.name === released ? { ...one, released: now() } : one,
  );
  await ledger.keep(["committed", "finished"], { quarantine: { ...quarantine, workloads } });
}
