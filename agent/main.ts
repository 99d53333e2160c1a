import { Command, CommanderError } from "commander";
import { FailedError } from "../components/errors";
import { ExitCode, exitCodeOf } from "../components/exitCode";
import { type Act, acts, isAct } from "./acts";
import { readAgentSettings } from "./agentSettings";
import type { RunOptions } from "./backup";
import { eventLine, sayOnStderr } from "./events";
import { writeMetrics } from "./metrics";

/** What the last line on stdout has the shape of. */
const SCHEMA_VERSION = 1;

const { version: toolVersion } = require("../package.json") as { readonly version: string };

/** Runs `agent backup|drill|prune|probe|watch --settings FILE`; the outcome is the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("agent")
    .description(
      "takes a backup of etcd, proves one by a restore, removes old ones, attacks the store, or tells how backups stand",
    )
    .argument("<act>", "backup, drill, prune, probe or watch")
    .requiredOption("--settings <file>", "JSON file (docs/reference/agent.md)")
    .version(toolVersion)
    .exitOverride()
    .action((act: string, { settings }: { settings: string }) => {
      if (!isAct(act))
        program.error(`error: unknown act ${JSON.stringify(act)}: backup, drill, prune, probe or watch`);
      return perform(act as Act, settings);
    });
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
  }
}

async function perform(act: Act, file: string): Promise<void> {
  const { signal, signalled } = endedBySignals();
  const begun = Date.now();
  try {
    const settings = await readAgentSettings(file);
    const options: RunOptions = { toolVersion, say: sayOnStderr, signal };
    const outcome = await acts[act](settings, options).then(
      (result) => ({ ...result }),
      (error: Error) => ({ isDone: false, result: { error: error.message }, error }),
    );
    const { isDone, result } = outcome;
    await writeMetrics(settings, act, { isDone, result, seconds: (Date.now() - begun) / 1000 });
    if ("error" in outcome) throw outcome.error;
    conclude({ act, cluster: settings.cluster, done: isDone, ...result });
    process.exitCode = isDone ? ExitCode.done : ExitCode.failed;
  } catch (error) {
    process.exitCode = signalled() ?? exitCodeOf(error);
    const message = (error as Error).message;
    process.stderr.write(eventLine("error", `${act}-failed`, { message }));
    conclude({ act, done: false, error: message });
  }
  // what was left behind must not keep the process, nor finish
  process.exit();
}

function conclude(document: object): void {
  process.stdout.write(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...document })}\n`);
}

/** The first signal ends the run in order; a second one at once. */
function endedBySignals(): { readonly signal: AbortSignal; readonly signalled: () => number | undefined } {
  const controller = new AbortController();
  let code: number | undefined;
  for (const [name, number] of [
    ["SIGTERM", 15],
    ["SIGINT", 2],
  ] as const)
    process.once(name, () => {
      code = 128 + number;
      controller.abort(new FailedError(`agent: ended by ${name}.`, "Nothing was counted; run it again."));
    });
  return { signal: controller.signal, signalled: () => code };
}

if (require.main === module) void main(process.argv);
