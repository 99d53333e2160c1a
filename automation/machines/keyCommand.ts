import { Option } from "commander";
import { nodesProfiles } from "../../components/profiles/profiles";
import { CliCommand } from "../commandLine/cliCommand";
import { ExitCode } from "../exitCode";

/** Options of `key`. */
export interface KeyCommandOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly profile?: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly allowInsecure?: readonly string[];
  /** true: of the stack that is selected. */
  readonly set?: boolean | string;
}

/** Profiles whose clusters keep the key in a Secret. */
const profiles = Object.entries(nodesProfiles).flatMap(([name, profile]) =>
  profile.sshSecret !== undefined ? [name] : [],
);

/** `etcd-recovery machines key`: the private key of machines out of a cluster that answers. What it runs is loaded then. */
export function keyCommand(): CliCommand {
  const access = "--kubeconfig ~/admin.kubeconfig";
  const command = new CliCommand("key")
    .description(
      "hand on the private key of machines from their Secret on the admin cluster, while it still answers; never to a terminal",
    )
    .needsOption("--kubeconfig <path>", "kubeconfig for the admin cluster")
    .option("--context <name>", "context in it; default: its current one")
    .option(
      "--cluster <name>",
      "of a user cluster with Controlplane V2: its name; default: the admin cluster's key",
    )
    .addOption(
      new Option("--profile <name>", "whose machines they are; default: by --cluster").choices(profiles),
    )
    .option("-n, --namespace <name>", "where the Secret is; default: kube-system, or the user cluster's name")
    .option("--allow-insecure <server...>", "call these servers although nobody checks who answers")
    .option(
      "--set [stack]",
      "run pulumi config set --secret --path ssh.privateKey in this directory, with the key at its standard input; default: the selected stack",
    );
  return command
    .example(`etcd-recovery machines key ${access} --set`)
    .example(`etcd-recovery machines key ${access} --cluster uc1 --set`)
    .exits(ExitCode.done, "handed on, or set")
    .exits(ExitCode.failed, "the cluster does not answer, or pulumi failed; nothing was set")
    .exits(ExitCode.usage, "wrong arguments, or no such Secret")
    .exits(ExitCode.refused, "standard output is a terminal, or what the Secret holds is no usable key")
    .does(async (options: KeyCommandOptions) => {
      const { handOnKey } = require("./handOnKey") as typeof import("./handOnKey");
      await handOnKey(options);
    });
}
