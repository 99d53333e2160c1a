import { CommanderError } from "commander";
import { FailedError, RefusedError, UserError } from "../components/errors";
import { backupCommand } from "./backups/backupCommand";
import { catalogCommand } from "./backups/catalogCommand";
import { checkCommand } from "./backups/checkCommand";
import { CliCommand, callOf } from "./commandLine/cliCommand";
import { completionCommand } from "./commandLine/completionCommand";
import { ExitCode } from "./exitCode";
import { machinesCommand } from "./machines/machinesCommand";
import { recoveryCommand } from "./recovery/recoveryCommand";
import { releaseCommand } from "./recovery/releaseCommand";
import { snapshotCommand } from "./snapshot/snapshotCommand";
import { stepCommand } from "./step/stepCommand";
import { version } from "./version";

/** The command line `etcd-recovery`: every command. What declares resources or asks clusters is loaded when it is run. */
export function program(): CliCommand {
  const all = new CliCommand("etcd-recovery")
    .description(
      "Backs up and restores the etcd of Kubernetes control planes.\n\nBackups and restores are stacks of the Pulumi program beside this one\n(README.md); here are the commands around them.",
    )
    .version(version, "-V, --version", "print the version")
    .example("etcd-recovery snapshot inspect snapshot.db")
    .example("etcd-recovery snapshot --help")
    .exits(ExitCode.done, "done")
    .exits(ExitCode.failed, "failed; the message says which command next")
    .exits(ExitCode.usage, "wrong arguments, or a file or ledger that is not there")
    .exits(ExitCode.refused, "refused by a check; nothing was changed");
  const recovery = [recoveryCommand("undo"), recoveryCommand("resume"), releaseCommand()];
  const backups = [catalogCommand(), backupCommand(), checkCommand()];
  for (const command of [snapshotCommand(), ...backups, ...recovery, machinesCommand()])
    all.addCommand(command);
  all.addCommand(completionCommand(all));
  // Run by a stack's Commands, not by people.
  all.addCommand(stepCommand(), { hidden: true });
  settle(all);
  // A mistyped word must not lead to what changes a cluster: `restore` is like `resume`, `--ye` like `--yes`.
  const removing = backups
    .flatMap((command) => [...command.commands])
    .filter((one) => one.name() === "prune");
  for (const command of [all, ...recovery, ...removing]) command.showSuggestionAfterError(false);
  return all;
}

/** What every command has: its exit code told apart, the way to its help behind each error, options in a help's order. */
function settle(command: CliCommand): void {
  command
    .exitOverride()
    .helpCommand(false)
    .helpOption("-h, --help", "print this help")
    .configureHelp({ subcommandTerm: (subcommand) => subcommand.name(), showGlobalOptions: false })
    .showHelpAfterError(`Help: ${callOf(command)} --help`);
  for (const subcommand of command.commands) settle(subcommand as CliCommand);
}

/** Runs the command line to its end; the outcome is the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.off("error", endOfOutput).on("error", endOfOutput);
  // Where nobody reads what is said, the exit code still says how it ended.
  process.stderr.off("error", nobodyReads).on("error", nobodyReads);
  try {
    await program().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** A reader that has seen enough (`| head`) is no failure. */
function endOfOutput({ code = "unknown" }: NodeJS.ErrnoException): void {
  if (code === "EPIPE") process.exit(ExitCode.done);
  process.stderr.write(`standard output: cannot be written: ${code}. Give another file or pipe.\n`);
  process.exit(ExitCode.failed);
}

function nobodyReads(): void {}

function report(error: unknown): number {
  // commander has printed its own message, or the help that was asked for
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  if (error instanceof RefusedError) return ExitCode.refused;
  return error instanceof FailedError ? ExitCode.failed : ExitCode.usage;
}

if (require.main === module) void main(process.argv);
