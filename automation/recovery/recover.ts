import { FailedError, RefusedError } from "../../components/errors";
import { isOver } from "../../components/procedure/ledgerRecord";
import { formatOf, print, printDocument } from "../commandLine/documents";
import { wrapped } from "../commandLine/wrapped";
import { confirm } from "./confirmation";
import { interruptible } from "./interruption";
import { type OpenRestore, openRestore, type RecoveryStep, readLedger } from "./openRestore";
import type { RecoveryOptions, Way } from "./recoveryCommand";
import { hasTools, nameOf, type RecoveryPlan, resumePlan, stateOf, undoPlan } from "./recoveryPlan";
import { removeTools } from "./removeTools";
import { resume } from "./resume";
import { undo } from "./undo";

const say = (text: string) => void process.stderr.write(`${text}\n`);
const ways = { undo: { plan: undoPlan, run: undo }, resume: { plan: resumePlan, run: resume } } as const;

/** Shows what the ledger says and what will be done, asks, does it, and says how it ended. @throws UserError */
export async function recover(way: Way, options: RecoveryOptions): Promise<void> {
  const format = formatOf(options);
  const step = way === "undo" ? "undo" : "recovery";
  const restore = await openRestore(options, step);
  if (way === "resume") mayGoOn(restore);
  const plan = ways[way].plan(restore);
  const { id, kind, phase } = restore.ledger;
  const about = { command: way, ...restore.access.about, kind, id };
  if (options.dryRun === true) {
    if (format === "table")
      print(`${textOf(way, plan, process.stdout.columns)}\nDry run: nothing was changed.`);
    else printDocument(format, { ...about, phase, dryRun: true, ...plan });
    return;
  }
  say(textOf(way, plan, process.stderr.columns));
  if (options.yes !== true) {
    await confirm(way);
    await unmoved(restore, step);
  }
  const startedAt = performance.now();
  await interruptible(
    async () => {
      await ways[way].run(restore);
      if (hasTools(restore)) await removeTools(restore.arguments);
    },
    () => account(way, restore),
  );
  const { ledger } = await readLedger(restore.arguments, restore.access);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  // Another one has the ledger only where this one is over: that of machines that were away, after one of the others.
  const isFollowed = way === "undo" && ledger.id !== id;
  if (!isFollowed && (ledger.id !== id || !isOver(ledger)))
    throw new FailedError(`${nameOf(restore.ledger)}: ended, and the ledger says: ${stateOf(ledger)}.`);
  const itsEnd = phase === "committed" ? "finished" : "undone";
  const ended = isFollowed ? itsEnd : ledger.phase;
  if (format === "table") print(`Done in ${seconds} s: ${nameOf(restore.ledger)} is ${ended}.`);
  else printDocument(format, { ...about, phase: ended, dryRun: false, ...plan, seconds });
}

/** @throws RefusedError when it was given up */
function mayGoOn({ ledger }: OpenRestore): void {
  if (ledger.phase !== "undoing" && ledger.phase !== "undone") return;
  throw new RefusedError(
    `${nameOf(ledger)} is ${ledger.phase}: it does not go on.`,
    ledger.phase === "undoing" ? "Finish that: etcd-recovery undo (same options)." : "Start a new restore.",
  );
}

/** While a person thinks, another may act. @throws RefusedError when the ledger is not as it was shown */
async function unmoved(
  { arguments: args, ledger: shown, access }: OpenRestore,
  step: RecoveryStep,
): Promise<void> {
  const { ledger } = await readLedger(args, access, step);
  if (ledger.id === shown.id && ledger.phase === shown.phase) return;
  throw new RefusedError(
    `The ledger has changed since it was shown: ${stateOf(ledger)}. Nothing was changed.`,
    "Run the same command again.",
  );
}

/** The plan for people. @param columns of the terminal that shows it */
function textOf(way: Way, { state, notes, steps }: RecoveryPlan, columns: number | undefined): string {
  const numbered = steps.map((step, n) => `${String(n + 1).padStart(3)}. ${wrapped(step, columns, 5)}`);
  const said = notes.map((note) => wrapped(note, columns));
  return [wrapped(`Ledger: ${state}.`, columns), "", `What ${way} does:`, ...numbered, "", ...said, ""].join(
    "\n",
  );
}

/** What is true after an interruption, and how to go on. */
async function account(way: Way, restore: OpenRestore): Promise<string> {
  const { ledger } = await readLedger(restore.arguments, restore.access);
  const { columns } = process.stderr;
  const lines = [
    wrapped(`Ledger: ${stateOf(ledger)}.`, columns),
    wrapped("Nothing goes on by itself. What was sent already may still take effect.", columns),
    ...(isOver(ledger) ? [] : [`To go on:   ${commandOf(way, restore)}`]),
    ...(way === "resume" && mayGoBack(ledger.phase) ? [`To go back: ${commandOf("undo", restore)}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

const mayGoBack = (phase: string): boolean => phase !== "committed" && phase !== "finished";

/** The command with its options, as a shell takes it; it asks again. */
const commandOf = (way: Way, { access }: OpenRestore): string =>
  ["etcd-recovery", way, ...access.words].join(" ");
