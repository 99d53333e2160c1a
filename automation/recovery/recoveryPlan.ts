import { isPast } from "../../components/procedure/act";
import { listed, partNames, workloadsOf } from "../../components/procedure/acts/foundParts";
import { backAfterCommit, whatHappened } from "../../components/procedure/acts/goBack/happened";
import { isOver, type LedgerRecord, type Part, reached } from "../../components/procedure/ledgerRecord";
import { type Phase, stepsAfterGuard } from "../../components/procedure/phases";
import type { OpenRestore } from "./openRestore";

/** What a command is about to do, in words; made from the ledger and the table of phases alone. */
export interface RecoveryPlan {
  /** How far the restore is. */
  readonly state: string;
  /** What it means, a sentence each. */
  readonly notes: readonly string[];
  /** What will be done, in order. */
  readonly steps: readonly string[];
}

/** What of a restore its plan is made from. */
export type PlannedRestore = Omit<OpenRestore, "access">;

/** What `undo` will do, by how far the ledger says that the operation came. */
export function undoPlan(restore: PlannedRestore): RecoveryPlan {
  const { ledger } = restore;
  if (isOver(ledger)) return nothingLeft(restore);
  if (ledger.phase === "committed") {
    const note = "It is committed: its data stays. What is still to be put back is put back.";
    const parts = ledger.kind === "repair" ? [] : backAfterCommit(restore.arguments.operation);
    const steps = parts.map((what) => backStep(what, ledger));
    return planOf(restore, [note], [...steps, "say in the ledger that it is finished"]);
  }
  return ledger.kind === "repair" ? undoRepairPlan(restore) : undoRestorePlan(restore);
}

function undoRestorePlan(restore: PlannedRestore): RecoveryPlan {
  const { ledger, members } = restore;
  const { staged, swapped, fenced, touched, back } = whatHappened(restore.arguments.operation, ledger);
  const last = [...back.map((what) => backStep(what, ledger)), "say in the ledger that it is undone"];
  // An earlier undo has stopped, moved and cleared what there was: nothing of that is done again.
  if (ledger.phase === "undoing" && reached(ledger, "returned")) return planOf(restore, [RETURNED], last);
  const on = members.join(", ");
  const what = ledger.pki === undefined ? "data" : "data, keys and certificates";
  const steps = [
    ...(touched.length > 0 ? [`stop ${touched.map((part) => partStep(part, ledger)).join("; ")}`] : []),
    ...(swapped ? [`put the previous ${what} back on ${on}`] : []),
    ...(fenced && ledger.quarantine !== undefined ? ["take the fence away"] : []),
    ...(staged && !swapped ? [`clear what was staged on ${on}`] : []),
    ...last,
  ];
  const serving = touched.includes("apiServers") ? ["The cluster's API is away meanwhile."] : [];
  return planOf(restore, [...serving, ...finality(swapped)], steps);
}

const RETURNED =
  "An undo has come to this already: nothing is stopped or moved again. It can only be finished.";

/** What the members get back, and that there is no third way. */
const finality = (swapped: boolean): string[] => [
  swapped
    ? "The previous data serves again. What the restored cluster has written since is given up."
    : "The data that serves now is not touched.",
  "Once it has begun, it can only be finished: the restore does not go on.",
];

function undoRepairPlan(restore: PlannedRestore): RecoveryPlan {
  const { ledger } = restore;
  const changed = ledger.times.quiesced !== undefined;
  const step = changed
    ? `put back what can be put back of member ${ledger.member}: its data, its place; the others are not touched`
    : `let go of the volume of member ${ledger.member}; nothing was changed on it`;
  return planOf(restore, [], [step, "say in the ledger that it is undone"]);
}

/** What `resume` will do: the rows of the table that the ledger does not have behind it. */
export function resumePlan(restore: PlannedRestore): RecoveryPlan {
  const { ledger } = restore;
  if (isOver(ledger)) return nothingLeft(restore);
  const rows = resumedPhases(restore).filter(
    (phase) => !isPast(ledger, phase) && !(phase.act === "commit" && ledger.phase === "committed"),
  );
  const steps = rows.map(
    ({ act, gate, where }) => `${act}${where === "member" ? " (all members)" : ""}: ${gate}`,
  );
  const commits = rows.some(({ act }) => act === "commit");
  const note = commits
    ? "It goes on to the commit, after which nothing goes back by itself."
    : "It is committed: what is left is done.";
  return planOf(restore, [note], steps);
}

/** The last look, and what reads the ledger alone: what stages needs a file that only the stack names. */
export function resumedPhases({ ledger, arguments: { operation } }: PlannedRestore): readonly Phase[] {
  const asked = { pki: ledger.pki !== undefined, quarantine: (ledger.quarantine?.wanted.length ?? 0) > 0 };
  return stepsAfterGuard(operation).filter(
    ({ request, act, only }) =>
      (request !== true || act === "confirm") && (only === undefined || asked[only]),
  );
}

function nothingLeft(restore: PlannedRestore): RecoveryPlan {
  return planOf(restore, ["It is over: nothing of the cluster is changed."], []);
}

function planOf(restore: PlannedRestore, notes: readonly string[], steps: readonly string[]): RecoveryPlan {
  const tools = `remove the utility Pods of ${nameOf(restore.ledger)}, where some are left`;
  return { state: stateOf(restore.ledger), notes, steps: [...steps, ...(hasTools(restore) ? [tools] : [])] };
}

/** Whether the operation had objects of its own on a cluster, which a stack would remove. */
export const hasTools = ({ arguments: { substrate } }: Pick<OpenRestore, "arguments">): boolean =>
  substrate.kind === "hosted";

export const nameOf = ({ kind, id }: LedgerRecord): string => `${kind} ${id}`;

/** "restore n1 is swapped since 2026-11-26T22:14:03Z; root@admin began it" */
export function stateOf(ledger: LedgerRecord): string {
  const since = ledger.times[ledger.phase];
  const time = since === undefined ? "" : ` since ${since}`;
  return `${nameOf(ledger)} is ${ledger.phase}${time}; ${ledger.holder} began it`;
}

function partStep(part: Part, { found }: LedgerRecord): string {
  const names =
    found === undefined
      ? ""
      : ` (${workloadsOf(found, part)
          .map(({ name }) => name)
          .join(", ")})`;
  return `${partNames[part]}${names === " ()" ? "" : names}`;
}

function backStep(what: Part | "budget", { found, budget }: LedgerRecord): string {
  if (what === "budget")
    return budget === "" ? "no PodDisruptionBudget: there was none" : "put the PodDisruptionBudget back";
  const replicas = found === undefined ? "" : `: ${listed(workloadsOf(found, what))}`;
  return `start ${partNames[what]} as found${replicas}`;
}
