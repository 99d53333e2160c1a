import { mkdir, rename } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { delimiter, dirname, join } from "node:path";
import execa from "execa";
import { UserError } from "../../components/errors";
import { FileLock } from "../../lab/fileLock";
import { exists, removeTree, writeTree } from "../../lab/files";
import { Stopwatch } from "../../lab/progress";
import { cacheDirectory } from "../../lab/tools/toolCache";

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
  const node = await provideNode(version);
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

/** Path of a Node of that version, as its package has it, whose install scripts nobody needs; kept in the cache. */
async function provideNode(version: string): Promise<string> {
  const directory = join(cacheDirectory(), "node", version);
  const name = `node-${process.platform}-${process.arch}`;
  const node = join(directory, "node_modules", name, "bin", "node");
  await mkdir(dirname(directory), { recursive: true });
  const waiting = () => log("another process fetches it; waiting …");
  await FileLock.during(`${directory}.lock`, waiting, async () => {
    if (await exists(node)) return;
    log(`fetching ${name}@${version} …`);
    const made = `${directory}.new`;
    await removeTree(made);
    await writeTree(join(made, "package.json"), "{}\n");
    const options = ["--prefix", made, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    await execa("npm", ["install", ...options, `${name}@${version}`]);
    await removeTree(directory);
    await rename(made, directory);
  });
  return node;
}

const [, , version = "", ...only] = process.argv;
main(version, only).catch((error: unknown) => {
  log(error instanceof UserError ? `error: ${error.message}` : String(error));
  process.exitCode = 1;
});
