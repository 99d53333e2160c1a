import { Command } from "commander";
import { benchSnapshot } from "./snapshotBench";

/** `npm run bench -- <name> [--json]`: the last line of the output is JSON {name, ratios, medians, peakMemoryMB}. */
const program = new Command("bench").description("measure, as ratios of two things done in one run");
program
  .command("snapshot")
  .description("verify, inspect and compare generated stores")
  .option("--json", "print nothing but the last line")
  .option("--gigabytes <n>", "size of the generated stores", Number, 1.2)
  .option("--rounds <n>", "rounds; medians of them count", Number, 5)
  .action(benchSnapshot);
void program.parseAsync();
