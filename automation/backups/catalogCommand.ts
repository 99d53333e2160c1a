import { CliCommand } from "../commandLine/cliCommand";
import { ExitCode } from "../exitCode";
import { catalogFindCommand } from "./catalogFindCommand";
import { catalogListCommand } from "./catalogListCommand";
import { catalogShowCommand } from "./catalogShowCommand";
import { catalogVerifyCommand } from "./catalogVerifyCommand";

/** `etcd-recovery catalog`: what lies in a store, from manifests alone. */
export function catalogCommand(): CliCommand {
  const command = new CliCommand("catalog")
    .description("look into a store of backups; needs no cluster, and changes nothing")
    .example("etcd-recovery catalog list --store /srv/backups")
    .example("etcd-recovery catalog find secret shop/login --store gs://vault/etcd")
    .exits(ExitCode.done, "done; for verify: every backup is as its manifest says")
    .exits(ExitCode.failed, "see each command's own help; or the store did not answer")
    .exits(ExitCode.usage, "wrong arguments, or a store or backup that is not there")
    .exits(ExitCode.refused, "a backup is corrupt");
  for (const subcommand of [
    catalogListCommand(),
    catalogShowCommand(),
    catalogVerifyCommand(),
    catalogFindCommand(),
  ])
    command.addCommand(subcommand);
  return command;
}
