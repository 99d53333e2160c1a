import { Command } from "commander";
import { UserError } from "../../components/errors";
import { ExitCode } from "../../components/exitCode";
import { GoogleVault } from "./googleVault";
import { lookAround } from "./ground";
import { smokeGcs } from "./smokeGcs";
import { checkGround, checkOptions, type SmokeOptions } from "./smokeOptions";

const SCHEMA_VERSION = 1;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** `npm run smoke -- gcs`: once, by a person, in a real project. */
async function gcs(given: SmokeOptions): Promise<void> {
  const options = checkOptions(given);
  const ground = await lookAround();
  checkGround(ground);
  const vault = await GoogleVault.planned({
    ...options,
    onOutput: (text) => void process.stderr.write(text),
  });
  say(`gs://${vault.bucket} in ${options.project}; its state is in ${vault.place}`);
  const report = await smokeGcs(vault, say);
  const made = { project: options.project, bucket: vault.bucket, plugin: ground.wanted };
  process.stdout.write(
    `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, smoke: "gcs", ...made, ...report })}\n`,
  );
  if (!report.ok) process.exitCode = ExitCode.failed;
}

const program = new Command("npm run smoke --").description("tries against real services what tests cannot");
program
  .command("gcs")
  .description("make a vault on Google Cloud, use it, attack it, remove it; prints a line of JSON")
  .option("--project <id>", "project to make it in")
  .option("--location <region>", "region of bucket and key", "EUROPE-WEST3")
  .option("--yes", "make real resources")
  .action(gcs);

program.parseAsync().catch((error: unknown) => {
  say(`error: ${error instanceof UserError ? error.message : String(error)}`);
  process.exitCode = error instanceof UserError ? ExitCode.usage : ExitCode.failed;
});
