import { join } from "node:path";
import { UserError } from "../../components/errors";
import { Account } from "./account";
import { conclude, play, type Setup, setupVariable } from "./play";

/** Program of the process that plays the acts, started inside the workstation's network by stage.ts. */
async function main(): Promise<void> {
  const setup = JSON.parse(process.env[setupVariable] ?? "") as Setup;
  const account = new Account(join(setup.directory, "demo.log"), setup.startedAt);
  try {
    const report = await play(setup, account);
    process.exitCode = (await conclude(setup, account, report)) ? 0 : 1;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    account.check(false, error instanceof UserError ? error.message : text);
    process.exitCode = 1;
  }
}

void main();
