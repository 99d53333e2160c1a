import { availableParallelism } from "node:os";
import { delimiter, dirname, join } from "node:path";
import execa from "execa";
import { UserError } from "../../components/errors";
import { Stopwatch } from "../../lab/progress";
import { provideNode } from "../../lab/tools/nodePackage";

const root = join(__dirname, "../..");
const watch = new Stopwatch();
const log = (line: string): void => void process.stderr.write(`[${watch}] ${line}\n`);

/** What is run under another Node: the tiers that need nothing built, and the package as a user has it. */
const whatIsRun: readonly (readonly [project: string, filter: string])[] = [
  ["unit", ""],
  ["graph", ""],
  ["engine", "test/engine/package"],
];

async function main(version: string, only: readonly string[]): Promise<void> {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) {
    throw new UserError(
      `"${version}" is not a version of Node.`,
      "Run, for instance: npm run test:node -- 22",
    );
  }
  const node = await provideNode(version, log);
  const env = { PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };
  const { stdout } = await execa("node", ["--version"], { env });
  log(`${node} is ${stdout}`);
  const runs = only.length === 0 ? whatIsRun : only.map((file) => [file.split("/")[1] ?? "", file] as const);
  for (const [project, filter] of runs) {
    const argv = ["run", "--project", project, `--maxWorkers=${availableParallelism()}`, filter];
    log(`${project} ${filter} under ${stdout}`);
    const options = { cwd: root, env, stdio: "inherit", reject: false } as const;
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const { exitCode } = await execa("node", [vitest, ...argv.filter((one) => one !== "")], options);
    if (exitCode !== 0) process.exitCode = 1;
  }
  log(process.exitCode === 1 ? "something failed" : "all passed");
}

const [, , version = "", ...only] = process.argv;
main(version, only).catch((error: unknown) => {
  log(error instanceof UserError ? `error: ${error.message}` : String(error));
  process.exitCode = 1;
});
