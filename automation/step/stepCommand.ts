import { Command } from "commander";
import { runStep } from "./runStep";

/** `etcd-recovery step ACT`: one act of a stack, with its arguments in ETCD_RECOVERY_ARGUMENTS. */
export function stepCommand(): Command {
  return new Command("step")
    .description("one act of an operation; run by the stack")
    .argument("<act>")
    .action(async (act: string) => {
      process.exitCode = await runStep(act);
    });
}
