import { CliCommand } from "../commandLine/cliCommand";
import { ExitCode } from "../exitCode";
import { pruneCommand } from "./pruneCommand";

/** `etcd-recovery backup`: what is done with backups beside taking them, which is a stack's work. */
export function backupCommand(): CliCommand {
  const command = new CliCommand("backup")
    .description("work on the backups in a store; taking them is a stack's work")
    .example("etcd-recovery backup prune --store /srv/backups --dry-run")
    .exits(ExitCode.done, "done")
    .exits(ExitCode.failed, "see each command's own help")
    .exits(ExitCode.usage, "wrong arguments, or a store that is not there")
    .exits(ExitCode.refused, "not confirmed; nothing was changed");
  command.addCommand(pruneCommand());
  return command;
}
