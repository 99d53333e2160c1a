import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../components/errors";
import { openLab } from "../index";
import { formatSeconds } from "../progress";
import { Account } from "./account";
import type { Ending } from "./scenario";
import { scenarios } from "./scenarios";
import { elapsedSeconds, type Scene } from "./scene";
import { readSetup } from "./setup";

/** Program of the process that plays the scenario, started inside the workstation's network by stage.ts. */
async function main(): Promise<void> {
  const { options, directory, startedAt } = readSetup();
  const account = new Account(join(directory, "demo.log"), startedAt);
  try {
    const lab = await openLab(options.name);
    const scene = { lab, account, options, environment: await lab.env(), directory, startedAt };
    const ending = await scenarios[options.scenario].play(scene);
    await conclude(scene, ending);
    process.exitCode = ending.failures.length === 0 ? 0 : 1;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    account.check(false, error instanceof UserError ? error.message : text);
    process.exitCode = 1;
  }
}

/** Says whether everything holds, and writes the report. */
async function conclude(scene: Scene, { report, failures, holds }: Ending): Promise<void> {
  const { account, options } = scene;
  for (const failure of failures) account.check(false, failure);
  if (failures.length === 0) account.check(true, holds);
  if (options.report !== undefined) {
    await writeFile(options.report, `${JSON.stringify(report, null, 2)}\n`);
    account.say(`report: ${options.report}`);
  }
  account.say(`${formatSeconds(elapsedSeconds(scene))} in all`);
}

void main();
