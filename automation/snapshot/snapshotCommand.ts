import { CliCommand } from "../commandLine/cliCommand";
import { ExitCode } from "../exitCode";
import { diffCommand } from "./diffCommand";
import { getCommand } from "./getCommand";
import { inspectCommand } from "./inspectCommand";
import { searchCommand } from "./searchCommand";

/** `etcd-recovery snapshot`: everything that needs no cluster, only files. */
export function snapshotCommand(): CliCommand {
  const command = new CliCommand("snapshot")
    .description("look into etcd snapshot files; needs no cluster, and changes nothing")
    .example("etcd-recovery snapshot inspect snapshot.db")
    .example("etcd-recovery snapshot diff monday.db tuesday.db")
    .example("etcd-recovery snapshot get snapshot.db deploy web -n shop")
    .example('etcd-recovery snapshot search snapshot.db "configmap settings"')
    .exits(ExitCode.done, "done; for inspect: safe to restore from")
    .exits(ExitCode.failed, "see each command's own help")
    .exits(ExitCode.usage, "wrong arguments, or a file that is not there")
    .exits(ExitCode.refused, "a file is refused");
  for (const subcommand of [inspectCommand(), diffCommand(), getCommand(), searchCommand()])
    command.addCommand(subcommand);
  return command;
}
