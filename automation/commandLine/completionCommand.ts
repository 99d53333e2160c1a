import type { Command } from "commander";
import { ExitCode } from "../exitCode";
import { CliCommand } from "./cliCommand";
import { bashCompletion } from "./completion/bash";
import { completionTree } from "./completion/completionTree";
import { fishCompletion } from "./completion/fish";
import { zshCompletion } from "./completion/zsh";
import { print } from "./documents";

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `etcd-recovery completion SHELL`: a script made of the command line itself. */
export function completionCommand(root: Command): CliCommand {
  return new CliCommand("completion")
    .description("print a script that completes commands, options and files in a shell")
    .needsArgument("<shell>", "which shell", Object.keys(shells))
    .example("source <(etcd-recovery completion bash)   # in ~/.bashrc")
    .example("source <(etcd-recovery completion zsh)    # in ~/.zshrc, below compinit")
    .example("etcd-recovery completion fish | source    # in ~/.config/fish/config.fish")
    .exits(ExitCode.done, "printed")
    .exits(ExitCode.usage, "wrong arguments")
    .does((shell: keyof typeof shells) => print(shells[shell](completionTree(root))));
}
