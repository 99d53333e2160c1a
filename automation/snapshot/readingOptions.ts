import type { Progress, ReadOptions } from "../../snapshot";
import { CliCommand } from "../commandLine/cliCommand";
import { type FormatOptions, withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { progressOf } from "./progressLine";

/** Options that every command on snapshot files has. */
export interface ReadingOptions extends FormatOptions {
  readonly quiet?: boolean;
  readonly allowUnhashed?: boolean;
  readonly member?: string;
}

/** A command that reads snapshot files; a subcommand of `etcd-recovery snapshot`. */
export function readingCommand(name: string, description: string, byDefault?: "yaml"): CliCommand {
  return withFormat(new CliCommand(name).description(description), byDefault)
    .option("--allow-unhashed", "accept a file without a digest: nothing proves its bytes then")
    .option(
      "--member <path>",
      "which member of an archive (gkectl's .tar.gz) is the snapshot; * for any part; only needed where several may be",
    )
    .option("--quiet", "show no progress");
}

/** The exit codes that all of them have beside 0; what 1 means first, where the command has a meaning of its own. */
export function readingExits(command: CliCommand, failed = ""): CliCommand {
  const unasked = "there was no room, or no way, to unpack a file";
  return command
    .exits(ExitCode.failed, failed === "" ? unasked : `${failed}; or ${unasked}`)
    .exits(ExitCode.usage, "wrong arguments, or a file that is not there")
    .exits(ExitCode.refused, "a file is refused; the sentence says why, and what to do");
}

/** How to read, and what to call meanwhile. @param what is read, for people */
export function reading(
  what: string,
  { allowUnhashed = false, member, quiet }: ReadingOptions,
): readonly [ReadOptions, ((progress: Progress) => void) | undefined] {
  const archive = member === undefined ? {} : { member };
  return [{ allowUnhashed, archive }, progressOf(what, quiet)];
}
