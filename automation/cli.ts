import { Command, CommanderError } from "commander";
import { UserError } from "../components/errors";
import { backupCommand } from "./backup/sealCommand";
import { ExitCode } from "./exitCode";
import { snapshotCommand } from "./snapshot/snapshotCommand";
import { undoCommand } from "./undo/undoCommand";

/** The command line `etcd-recovery`. Each command lives in a file of its own. */
export function program(): Command {
  return new Command("etcd-recovery")
    .description("Backs up and restores the etcd of Kubernetes control planes")
    .exitOverride()
    .addCommand(snapshotCommand())
    .addCommand(undoCommand())
    .addCommand(backupCommand(), { hidden: true });
}

/** Runs the command line to its end; the outcome is the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.off("error", endOfOutput).on("error", endOfOutput);
  try {
    await program().parseAsync(argv);
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
  return ExitCode.usage;
}

if (require.main === module) void main(process.argv);
