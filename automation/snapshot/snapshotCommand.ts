import { Command } from "commander";
import { diffCommand } from "./diffCommand";
import { getCommand } from "./getCommand";
import { inspectCommand } from "./inspectCommand";
import { searchCommand } from "./searchCommand";

/** `etcd-recovery snapshot`: everything that needs no cluster, only files. */
export function snapshotCommand(): Command {
  const command = new Command("snapshot").description("Look into etcd snapshot files");
  // subcommands take over the settings, so that wrong usage is told apart by the exit code
  command.exitOverride();
  for (const subcommand of [inspectCommand(), diffCommand(), getCommand(), searchCommand()])
    command.addCommand(subcommand.copyInheritedSettings(command));
  return command;
}
