import { constants } from "node:fs";
import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../../components/errors";
import { assertRoot, endLab } from "../down";
import { openLab } from "../index";
import { Account } from "./account";
import { readDemoOptions } from "./demoOptions";
import { scenarios } from "./scenarios";
import { storeDirectory } from "./scene";
import { Session } from "./session";
import { type Setup, setupVariable, temporaryDirectory } from "./setup";

/** `npm run demo`: plays a scenario in a session of its own and clears up, however it ends. */
async function main(): Promise<void> {
  const given = readDemoOptions(process.argv.slice(2));
  const options = { ...given, ...(given.report === undefined ? {} : { report: resolve(given.report) }) };
  assertRoot();
  if (options.report !== undefined) await assertWritable(options.report);
  const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-demo-"));
  const setup: Setup = { options, directory, startedAt: Date.now() };
  await mkdir(temporaryDirectory(setup), { mode: 0o700 });
  const account = new Account(join(directory, "demo.log"), setup.startedAt);
  account.say(scenarios[options.scenario].title);
  account.say(`Logs: ${directory} (demo.log, pulumi-*.log)`);

  const stage = [process.execPath, ...process.execArgv, join(__dirname, "stage.ts")];
  const session = new Session(stage, { ...process.env, [setupVariable]: JSON.stringify(setup) });
  let interrupted = false;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (!interrupted) account.say("\ninterrupted: ending what runs");
      interrupted = true;
      void session.end();
    });
  }
  const code = await session.ended;
  await session.end();
  await clearUp(setup, account);
  process.exitCode = interrupted ? 130 : code;
}

/** Refused now rather than after some minutes. */
async function assertWritable(report: string): Promise<void> {
  await access(dirname(report), constants.W_OK).catch(() => {
    throw new UserError(
      `--report: ${dirname(report)} is no directory that can be written to.`,
      `mkdir -p '${dirname(report)}'`,
    );
  });
}

/** The store is removed with the lab: its snapshots hold every Secret of the user cluster. */
async function clearUp(setup: Setup, account: Account): Promise<void> {
  const { options, directory } = setup;
  await rm(temporaryDirectory(setup), { recursive: true, force: true });
  const runs = await openLab(options.name).then(
    () => true,
    () => false,
  );
  if (options.keep && runs) {
    account.say(
      `the lab ${options.name} runs on; its shell: eval "$(npm run -s lab -- env --name ${options.name})"`,
    );
    account.say(`end it with: npm run lab -- down --name ${options.name}; rm -r ${directory}`);
    return;
  }
  await endLab(options.name);
  await rm(storeDirectory(setup), { recursive: true, force: true });
  account.say(`the lab is gone; logs: ${directory}`);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `error: ${error instanceof UserError ? error.message : String((error as Error).stack)}\n`,
  );
  process.exitCode = 1;
});
