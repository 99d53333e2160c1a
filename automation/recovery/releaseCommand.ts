import { Option } from "commander";
import { CliCommand } from "../commandLine/cliCommand";
import { withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { keyOptions } from "./keyOptions";
import type { RecoveryOptions } from "./recoveryCommand";

/** `etcd-recovery release`: ends the quarantine of what a restore has set to 0. What it runs is loaded then. */
export function releaseCommand(): CliCommand {
  const access = "--machines cp.yaml --ssh-key ~/.ssh/cp";
  const command = new CliCommand("release")
    .description("give workloads that a restore put under quarantine the replicas that they had")
    .argument("[workloads...]", "as the restore's report names them, namespace/Kind/name; default: all")
    .needsOption(
      "--machines <file>",
      "profile, machines and ssh as the stack's configuration has them; its Pulumi.STACK.yaml will do",
    )
    .addOption(new Option("--dry-run", "show what would be done, and change nothing").conflicts("yes"))
    .option("--yes", "do it without asking; without a terminal nothing is done otherwise");
  for (const option of keyOptions()) command.addOption(option);
  return withFormat(command)
    .example(`etcd-recovery release ${access} --dry-run`)
    .example(`etcd-recovery release ${access} vms/Deployment/a`)
    .exits(ExitCode.done, "done, or nothing was under quarantine")
    .exits(ExitCode.failed, "failed, or the cluster could not be asked; the same command goes on")
    .exits(ExitCode.usage, "wrong arguments, no ledger there, or no terminal to ask at and no --yes")
    .exits(
      ExitCode.refused,
      "not confirmed, the restore is not committed, or another operation has followed it; nothing was changed",
    )
    .does(async (workloads: readonly string[], options: RecoveryOptions) => {
      const { releaseQuarantine } = require("./releaseQuarantine") as typeof import("./releaseQuarantine");
      await releaseQuarantine(workloads, options);
    });
}
