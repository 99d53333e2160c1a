import { Command } from "commander";
import { verdictToJson, verifySnapshot } from "../../snapshot";
import { describeSnapshot } from "./inspectTable";
import { print, printJson, refuse } from "./output";
import { type CommonOptions, clearProgress, progressLine } from "./progressLine";

/** `snapshot inspect FILE`: exit code 0 for a valid snapshot, 3 for a refused one. */
export function inspectCommand(): Command {
  return new Command("inspect")
    .description("verify a snapshot and count what is in it")
    .argument("<file>", "a snapshot, plain or compressed with zstd or gzip")
    .option("--json", "print JSON")
    .option("--quiet", "show no progress")
    .option("--allow-unhashed", "accept a file without a digest: nothing proves its bytes then")
    .action(async (file: string, options: CommonOptions) => {
      const allowUnhashed = options.allowUnhashed === true;
      const verdict = await verifySnapshot(file, { allowUnhashed }, progressLine(file, options));
      clearProgress(options);
      if (!verdict.valid) refuse(verdict.problem, options.json, { valid: false });
      else if (options.json === true) printJson(verdictToJson(verdict));
      else print(describeSnapshot(file, verdict));
    });
}
