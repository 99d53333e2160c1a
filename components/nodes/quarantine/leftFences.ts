import type { Permit } from "../../procedure/substrate";
import { allOf } from "../../procedure/waiting";
import { type LedgerDigests, underJudgedLedger } from "../judgedLedger";
import { answerOf, type NodesContext, wordsOf } from "../nodesContext";
import type { PodsOfMachine } from "../podsOfMachine";
import { tableOf } from "./nodesFence";

const SILENT =
  "nft does not say whether a fence of an earlier restore stands; should the cluster's address not answer, look there: nft list tables";

/** What the other restores' fences are that stand on a machine; a sentence. undefined: there is none. */
export function noteFences(machine: string, tables: readonly string[], id: string): string | undefined {
  const others = tables.filter((table) => table !== tableOf(id));
  if (others.length === 0) return undefined;
  return `machine ${machine}: the fence of an earlier restore stands (${others.join(", ")}): its API server answers to nobody; it is taken away before this operation starts API servers, or at its end`;
}

/** Fences that others have left, a sentence a machine. Changes nothing. */
export async function askFences(
  context: NodesContext & { readonly pods: readonly PodsOfMachine[] },
  id: string,
): Promise<readonly string[]> {
  const each = await allOf(
    context.pods.map(async ({ machine }) => {
      const words = wordsOf(await answerOf(context, machine, "fences"));
      return noteFences(machine, tablesIn(words, "fence"), id);
    }),
  );
  return each.filter((note) => note !== undefined);
}

/** Leaves no fence around API servers that are about to start for everybody: one of an earlier restore would bar them. */
export function dropFences(
  context: NodesContext & { readonly pods: readonly PodsOfMachine[]; readonly ledger: LedgerDigests },
  permit: Permit,
): Promise<void> {
  return underJudgedLedger(context.ledger, permit, context.pods, async ({ machine }, digest) => {
    const words = wordsOf(await answerOf(context, machine, "drop-fences", digest));
    const dropped = tablesIn(words, "dropped");
    if (dropped.length > 0) context.say(`machine ${machine}: taken away: the fence ${dropped.join(", ")}`);
    if (words.some(([fact]) => fact === "unknown")) context.say(`machine ${machine}: ${SILENT}`);
  });
}

const tablesIn = (words: ReturnType<typeof wordsOf>, wanted: string): readonly string[] =>
  words.flatMap(([fact, table = ""]) => (fact === wanted ? [table] : []));
