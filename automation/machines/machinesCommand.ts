import { CliCommand } from "../commandLine/cliCommand";
import { ExitCode } from "../exitCode";
import { keyCommand } from "./keyCommand";
import { trustCommand } from "./trustCommand";

/** `etcd-recovery machines`: what a stack of machines needs before anything is wrong. */
export function machinesCommand(): CliCommand {
  const command = new CliCommand("machines")
    .description("write into a stack's settings what it needs to reach machines: host keys, the private key")
    .example("etcd-recovery machines trust --stack Pulumi.night-1.yaml --ssh-agent")
    .example("etcd-recovery machines key --kubeconfig ~/admin.kubeconfig --set")
    .exits(ExitCode.done, "done")
    .exits(ExitCode.failed, "see each command's own help")
    .exits(ExitCode.usage, "wrong arguments")
    .exits(ExitCode.refused, "see each command's own help; nothing was written");
  command.addCommand(trustCommand());
  command.addCommand(keyCommand());
  return command;
}
