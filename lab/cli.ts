import { Command } from "commander";
import { UserError } from "../components/errors";
import { openLab, startLab } from "./lab";
import { endLab } from "./down";
import { Stopwatch } from "./progress";

const log = (line: string) => process.stderr.write(`${line}\n`);

const program = new Command("lab").description("The local lab: real Kubernetes and etcd on simulated machines");
program.command("up").option("--name <name>", "lab", "lab").option("--workers <n>", "", Number).option("--members <n>", "", Number)
  .action(async (o) => { await startLab({ ...o, log }); });
program.command("down").option("--name <name>", "lab", "lab").action(async (o) => { const w = new Stopwatch(); await endLab(o.name, log); log(`down in ${w}`); });
program.command("env").option("--name <name>", "lab", "lab").action(async (o) => { console.log(Object.entries(await (await openLab(o.name)).env()).map(([k, v]) => `export ${k}='${v}'`).join("\n")); });

program.parseAsync().catch((error) => {
  log(error instanceof UserError ? `error: ${error.message}` : String(error?.stack ?? error));
  process.exitCode = 1;
});
