import { CliCommand } from "../commandLine/cliCommand";
import { ExitCode } from "../exitCode";
import type { KeyOptions } from "../recovery/givenKeys";
import { keyOptions } from "../recovery/keyOptions";

/** Options of `trust`. */
export interface TrustOptions extends KeyOptions {
  /** A stack's file. */
  readonly stack?: string;
  readonly yes?: boolean;
}

/** `etcd-recovery machines trust`: host keys on first use. What it runs is loaded then. */
export function trustCommand(): CliCommand {
  const command = new CliCommand("trust")
    .description(
      "show the host keys that machines and jump host show now, and write the absent ones into a stack's file; a key that is there already is never replaced, and a host that shows another is refused",
    )
    .option("--stack <file>", "a stack's settings; default: the only Pulumi.STACK.yaml here");
  for (const option of keyOptions()) {
    // Machines are asked for their host keys alone; nobody logs in there.
    if (option.long !== "--jump-ssh-key") option.description += " (only a jump host needs it)";
    command.addOption(option);
  }
  return command
    .option("--yes", "write without asking: whoever answers now is trusted from now on")
    .example("etcd-recovery machines trust")
    .example("etcd-recovery machines trust --stack Pulumi.night-1.yaml --ssh-agent")
    .exits(ExitCode.done, "written, or every host showed the key that is there")
    .exits(ExitCode.failed, "a host could not be reached, or showed another key than the file has")
    .exits(ExitCode.usage, "wrong arguments, or no terminal to ask at and no --yes; nothing was written")
    .exits(ExitCode.refused, "not confirmed; nothing was written")
    .does(async (options: TrustOptions) => {
      const { trust } = require("./trust") as typeof import("./trust");
      await trust(options);
    });
}
