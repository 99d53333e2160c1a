import { Option } from "commander";
import { CliCommand } from "../commandLine/cliCommand";
import { type FormatOptions, withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import type { KeyOptions } from "./givenKeys";
import { keyOptions } from "./keyOptions";

/** Options of `undo` and `resume`. */
export interface RecoveryOptions extends FormatOptions, KeyOptions {
  readonly adminKubeconfig?: string;
  readonly adminContext?: string;
  readonly userKubeconfig?: string;
  readonly namespace?: string;
  /** File that names machines. */
  readonly machines?: string;
  /** Names of machines that are away for good. */
  readonly without?: readonly string[];
  readonly allowInsecure?: readonly string[];
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Which of the two ways out of an open restore. */
export type Way = "undo" | "resume";

const descriptions: Readonly<Record<Way, string>> = {
  undo: "put a cluster back as the ledger of its open restore says, without the stack's state",
  resume: "finish the open restore of a cluster from its ledger, without the stack's state",
};

/**
 * A command that works on the restore whose ledger lies in a namespace of the admin cluster, or on machines. What it runs
 * is loaded then.
 */
export function recoveryCommand(way: Way): CliCommand {
  const access = "--admin-kubeconfig ~/admin.kubeconfig -n uc1";
  const machines = "--machines Pulumi.night-1.yaml --ssh-key ~/.ssh/admin";
  const command = new CliCommand(way)
    .description(descriptions[way])
    .needsOneWay(
      [
        ["-n, --namespace <name>", "of a hosted cluster: its namespace on the admin cluster"],
        ["--admin-kubeconfig <path>", "kubeconfig for the admin cluster"],
      ],
      [
        [
          "--machines <file>",
          "of a control plane on machines: profile, machines and ssh as the stack's configuration has them; its Pulumi.STACK.yaml will do",
        ],
      ],
    )
    .addOption(
      new Option("--admin-context <name>", "context in the admin cluster's kubeconfig").conflicts("machines"),
    )
    .option(
      "--user-kubeconfig <path>",
      "kubeconfig for the restored cluster: its own address is asked at the end",
    )
    .option("--allow-insecure <server...>", "call these servers although nobody checks who answers")
    .addOption(new Option("--dry-run", "show what would be done, and change nothing").conflicts("yes"))
    .option("--yes", "do it without asking; without a terminal nothing is done otherwise");
  for (const option of keyOptions()) command.addOption(option.conflicts(["adminKubeconfig", "namespace"]));
  if (way === "undo")
    command.addOption(
      new Option(
        "--without <machine...>",
        "these machines are away for good: the others, a majority, get the previous data back",
      ).conflicts("adminKubeconfig"),
    );
  return withFormat(command)
    .example(`etcd-recovery ${way} ${access} --dry-run`)
    .example(`etcd-recovery ${way} ${access}`)
    .example(`etcd-recovery ${way} ${machines}`)
    .exits(ExitCode.done, "done, or nothing was left to do")
    .exits(ExitCode.failed, "failed, or the cluster could not be asked; the same command goes on")
    .exits(ExitCode.usage, "wrong arguments, no ledger there, or no terminal to ask at and no --yes")
    .exits(ExitCode.refused, "refused by a check, or not confirmed; nothing was changed")
    .exits(ExitCode.interrupted, "interrupted by Ctrl-C; the last lines say how far it is")
    .does(async (options: RecoveryOptions) => {
      const { recover } = require("./recover") as typeof import("./recover");
      await recover(way, options);
    });
}
