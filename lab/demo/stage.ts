import { join } from "node:path";
import { UserError } from "../../components/errors";
import { startLab } from "../index";
import { Account } from "./account";
import { scenarios } from "./scenarios";
import { readSetup, temporaryDirectory } from "./setup";

/**
 * Program of the process that starts the lab and then the actors. They run inside the workstation's network as a
 * whole, because Pulumi's engine, its plugins, the Automation API and kubectl talk to each other on the loopback
 * address and to the clusters on the lab's.
 */
async function main(): Promise<void> {
  const setup = readSetup();
  const { options } = setup;
  const scenario = scenarios[options.scenario];
  const account = new Account(join(setup.directory, "demo.log"), setup.startedAt);
  account.chapter("1. Tools and lab");
  try {
    const log = (line: string) => account.say(line);
    const lab = await startLab({ ...scenario.lab(options), name: options.name, log });
    await scenario.prepare?.(log);
    const plugins = Object.entries(await lab.plugins()).map(([plugin, kind]) => `${plugin} ${kind}`);
    account.say(`Pulumi's plugins: ${plugins.join(", ")}`);
    for (const line of scenario.introduce(lab, options)) account.say(line);
    const program = [process.execPath, ...process.execArgv, join(__dirname, "actors.ts")];
    // Snapshots and stack settings lie in temporary directories; in here they go with the demo, also when it is killed.
    const env = { ...(await lab.env()), TMPDIR: temporaryDirectory(setup) };
    const ended = await lab.run(program, { env, stdio: "inherit", reject: false });
    process.exitCode = ended.exitCode ?? 1;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    account.check(false, error instanceof UserError ? error.message : text);
    process.exitCode = 1;
  }
}

void main();
