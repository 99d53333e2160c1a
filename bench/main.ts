import { Command, Option } from "commander";
import { benchBackup } from "./backupBench";
import { benchRestore } from "./restore/restoreBench";
import { benchMemory, benchSnapshot } from "./snapshotBench";

/** `npm run bench -- <name> [--json]`: the last line of the output is JSON {name, ratios, medians}. */
const program = new Command("bench").description("measure, as ratios of two things done in one run");
program
  .command("snapshot")
  .description("verify, inspect and compare generated stores")
  .option("--json", "print nothing but the last line")
  .option("--gigabytes <n>", "size of the generated stores", Number, 1.2)
  .option("--rounds <n>", "rounds; medians of them count", Number, 5)
  .action(benchSnapshot);
program
  .command("memory")
  .description("the largest resident set of inspecting one generated store and comparing it with a later one")
  .option("--json", "print nothing but the last line")
  .option("--gigabytes <n>", "size of the generated stores", Number, 1.2)
  .option("--keys <n>", "live keys of them; left out, as many as values of usual sizes make", Number)
  .option("--inspect-only", "no comparison, and no second store")
  .option("--rounds <n>", "rounds; medians of them count", Number, 3)
  .action(benchMemory);
program
  .command("restore")
  .description("restore three etcd members: the documented steps, ours, and the least that a disk allows")
  .option("--json", "print nothing but the last line")
  .option("--gigabytes <n>", "size of the generated store", Number, 1)
  .option("--rounds <n>", "rounds; medians of them count", Number, 5)
  .addOption(
    new Option(
      "--etcd <series>",
      "etcd of the members, and the documented tool: 3.4 as in GDC, or the lab's 3.6",
    )
      .choices(["3.4", "3.6"])
      .default("3.4"),
  )
  .option("--busybox", "run the utility Pods' scripts by busybox ash instead of /bin/sh", false)
  .action(benchRestore);
program
  .command("backup")
  .description("back up a live etcd: the agent, etcdctl alone, and the sequence that scripts run")
  .option("--json", "print nothing but the last line")
  .option("--gigabytes <n>", "size of the generated store", Number, 1)
  .option("--rounds <n>", "rounds; medians of them count", Number, 3)
  .action(benchBackup);
void program.parseAsync();
