import { Command, CommanderError } from "commander";
import { FailedError, RefusedError, UserError } from "../components/errors";
import { ExitCode } from "./exitCode";
import { snapshotCommand } from "./snapshot/snapshotCommand";
import { version } from "./version";

/**
 * Every command, loaded when it is run: those that declare resources load Pulumi's SDK, which takes seconds and is not
 * needed to look into a file.
 */
const commands: Readonly<Record<string, () => Command>> = {
  snapshot: snapshotCommand,
  undo: () => (require("./recovery/undoCommand") as typeof import("./recovery/undoCommand")).undoCommand(),
  resume: () =>
    (require("./recovery/resumeCommand") as typeof import("./recovery/resumeCommand")).resumeCommand(),
  step: () => (require("./step/stepCommand") as typeof import("./step/stepCommand")).stepCommand(),
};
/** Run by a stack's Commands, not by people. */
const hidden = new Set(["step"]);

/** The command line `etcd-recovery`, with the command that `argv` names, or all of them. */
export function program(argv: readonly string[]): Command {
  const all = new Command("etcd-recovery")
    .description("Backs up and restores the etcd of Kubernetes control planes")
    .version(version)
    .exitOverride();
  const [, , named = ""] = argv;
  const names = Object.hasOwn(commands, named) ? [named] : Object.keys(commands);
  for (const name of names) {
    const command = commands[name]?.();
    if (command !== undefined)
      all.addCommand(command.copyInheritedSettings(all), { hidden: hidden.has(name) });
  }
  return all;
}

/** Runs the command line to its end; the outcome is the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.off("error", endOfOutput).on("error", endOfOutput);
  try {
    await program(argv).parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** A reader that has seen enough (`| head`) is no failure. */
function endOfOutput(error: NodeJS.ErrnoException): void {
  process.exit(error.code === "EPIPE" ? ExitCode.done : ExitCode.failed);
}

function report(error: unknown): number {
  // commander has printed its own message, or the help that was asked for
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  if (error instanceof RefusedError) return ExitCode.refused;
  return error instanceof FailedError ? ExitCode.failed : ExitCode.usage;
}

if (require.main === module) void main(process.argv);
