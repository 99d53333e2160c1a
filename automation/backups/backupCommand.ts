import { CliCommand } from "../commandLine/cliCommand";
import { ExitCode } from "../exitCode";
import { pruneCommand } from "./pruneCommand";
import { runCommand } from "./runCommand";

/** `etcd-recovery backup`: what is done with backups outside a stack. */
export function backupCommand(): CliCommand {
  const command = new CliCommand("backup")
    .description("take a backup as the agent does, or remove old ones; backups on demand are a stack's work")
    .example("etcd-recovery backup prune --store /srv/backups --dry-run")
    .exits(ExitCode.done, "done")
    .exits(ExitCode.failed, "see each command's own help")
    .exits(ExitCode.usage, "wrong arguments, or a store that is not there")
    .exits(ExitCode.refused, "not confirmed, or the snapshot is damaged; nothing was changed");
  command.addCommand(runCommand());
  command.addCommand(pruneCommand());
  return command;
}
