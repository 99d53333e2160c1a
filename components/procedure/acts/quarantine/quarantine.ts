import type { Act, ActContext } from "../../act";
import type { FencedCluster, WorkloadPod } from "../../fence";
import { brokenQuarantine, decideQuarantine } from "../../judgements/quarantine";
import type { LedgerRecord } from "../../ledgerRecord";
import type { Newer, QuarantinedWorkload } from "../../quarantineRecord";
import { errorOf, failed } from "../../refusal";
import { messageOf, secondsOf, waitUntil } from "../../waiting";
import { warned } from "../warnings";
import { awaitInside, fencedNow, quarantineOf, standFenced } from "./standing";

/**
 * Sets to 0, while nobody else reaches the restored cluster, what would act on what it says, and removes the objects of
 * their Pods: who runs one ends it, whatever the numbers say, and with the object its token is void.
 *
 * @returns quarantined: what they had; newer: what they would have found that the restored data does not know
 */
export const quarantine: Act = async (context) => {
  const { ledger, say } = context;
  const record = await ledger.require("started");
  const under = fencedNow(context, record);
  if (under === undefined) {
    if (record.quarantine === undefined) return warned(context, [begunWithout(record)]);
    return resultOf(record, record.quarantine.workloads ?? []);
  }
  await standFenced(context, under, record);
  await awaitInside(context, under);
  const { cluster } = under.fence;
  const found = await cluster.workloads();
  const decision = decideQuarantine(under.wanted, found, record.quarantine?.workloads);
  const { notes, warnings, workloads } = decision;
  for (const note of notes) say(note);
  // Before the effect: a number that is lost could never be given back.
  await ledger.keep(["started"], {
    quarantine: { ...record.quarantine, wanted: [...under.wanted], workloads: [...workloads] },
  });
  for (const { name, replicas } of workloads) {
    const pods = await empty(cluster, name);
    say(`${name}: 0 instead of ${replicas}; ${pods} of its Pods removed`);
  }
  sayNewer(context, record.quarantine?.newer);
  return { ...resultOf(record, workloads), ...warned(context, warnings) };
};

/** The step is there, so that the stack names a quarantine. */
const begunWithout = ({ id }: LedgerRecord): string =>
  `restore.quarantine: restore ${id} has begun without it: nothing is put under quarantine`;

function resultOf({ quarantine: known }: LedgerRecord, workloads: readonly QuarantinedWorkload[]) {
  if (known === undefined) return {};
  const { newer } = known;
  return {
    quarantined: workloads.map(({ name, replicas }) => ({ name, replicas })),
    ...(newer === undefined ? {} : { newer }),
  };
}

/** @returns how many Pods were removed. @throws UserError for one that does not go */
async function empty(cluster: FencedCluster, name: string): Promise<number> {
  await cluster.scale(name, 0);
  let removed = 0;
  let left: readonly WorkloadPod[] = [];
  const { done } = await waitUntil(
    async () => {
      left = await cluster.podsOf(name);
      for (const pod of left) await cluster.remove(pod);
      removed = Math.max(removed, left.length);
      return left.length === 0;
    },
    { seconds: secondsOf("GONE_SECONDS", 20), every: 0.2 },
  );
  if (done) return removed;
  throw errorOf(
    failed(
      "pod-stays",
      `quarantine: ${left.map(stays).join("; ")}: who runs it would go on, with a token that holds`,
      "'pulumi destroy' goes back; without this workload: pulumi config set --path 'restore.quarantine[0]' NAMESPACE/KIND/NAME, in a new restore.",
    ),
  );
}

const stays = ({ name, finalizers }: WorkloadPod): string =>
  `the object of Pod ${name} stays${finalizers.length === 0 ? "" : ` (finalizers ${finalizers.join(", ")})`}`;

function sayNewer({ say }: ActContext, newer: Newer | undefined): void {
  if (newer === undefined) {
    say("what is younger than the restored data is not known: no member could be asked before");
    return;
  }
  for (const [kind, { count, named }] of Object.entries(newer))
    if (count > 0)
      say(
        `${count} ${kind} that the restored data does not know: ${named.join(", ")}${count > named.length ? ", …" : ""}`,
      );
}

/** What is under quarantine and does not stay at 0, a sentence each; what could not be asked is one. */
export async function quarantineWarnings(
  context: Pick<ActContext, "substrate">,
  record: LedgerRecord | undefined,
): Promise<readonly string[]> {
  const workloads = record?.quarantine?.workloads ?? [];
  if (record === undefined || workloads.length === 0) return [];
  const under = quarantineOf(context, record);
  try {
    return under === undefined ? [] : brokenQuarantine(workloads, await under.fence.cluster.workloads());
  } catch (cause) {
    return [`whether what is under quarantine stays at 0 could not be asked: ${messageOf(cause)}`];
  }
}
