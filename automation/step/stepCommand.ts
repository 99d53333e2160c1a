import { CliCommand } from "../commandLine/cliCommand";

/** `etcd-recovery step ACT`: one act of a stack, with its arguments in ETCD_RECOVERY_ARGUMENTS. */
export function stepCommand(): CliCommand {
  return new CliCommand("step")
    .description("one act of an operation; run by the stack")
    .argument("<act>")
    .action(async (act: string) => {
      const { runStep } = require("./runStep") as typeof import("./runStep");
      process.exitCode = await runStep(act);
    });
}
