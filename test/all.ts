import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import execa from "execa";
import { UserError } from "../components/errors";
import { Stopwatch } from "../lab/progress";
import { providePackages, testPackages } from "../lab/tools/debianPackages";
import { provideTools } from "../lab/tools/provideTools";
import { readReport, sayResults, type TierResult } from "./results";
import { TemporaryFiles } from "./temporary";

/** Tiers in the order of what they need; a failure in one does not hide the others. */
const allTiers = ["unit", "graph", "shell", "etcd", "engine", "lab"];
/** Those that need no tool that must be built, and the packages that they do need. */
const quickTiers = ["unit", "graph", "shell"];
const quickPackages = ["busybox-static", "dash", "shellcheck"];

/**
 * Stages one after the other, their lanes side by side, tiers of a lane in turn: those of real etcd and of the engine wait
 * most of their time, and the engine's files, which run one by one, leave room for a lab.
 */
const stages: readonly (readonly (readonly string[])[])[] = [
  [["unit"]],
  [["graph"], ["shell"]],
  [["etcd", "lab"], ["engine"]],
];

/**
 * How many files of a tier run side by side; of others as many as there are processors (vitest leaves one idle). A lab's
 * daemons alone take a third of a processor: with three labs beside the engine's files two processors have little left.
 */
const workers: Readonly<Record<string, number>> = { engine: 1, lab: 2 };

const root = join(__dirname, "..");
const clock = new Stopwatch();
const say = (line: string) => process.stderr.write(`[${clock}] ${line}\n`);

async function check(what: string, argv: readonly string[]): Promise<void> {
  say(what);
  const [program = "", ...rest] = argv;
  await execa(program, rest, { cwd: root, stdio: "inherit", preferLocal: true });
}

/** Runs one tier and counts from vitest's own report: a tier that ran no test, or left one out, has failed. */
async function runTier(tier: string, reports: string): Promise<TierResult> {
  say(`tier ${tier}`);
  const report = join(reports, `${tier}.json`);
  const argv = [
    "run",
    "--project",
    tier,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const many = `--maxWorkers=${workers[tier] ?? availableParallelism()}`;
  const options = { cwd: root, stdio: "inherit", preferLocal: true, reject: false } as const;
  const startedAt = Date.now();
  const ran = await execa("vitest", [...argv, many], options);
  const read = readReport(root, report);
  const seconds = (Date.now() - startedAt) / 1000;
  const failed = read.failed === 0 && (ran.exitCode !== 0 || read.passed === 0) ? 1 : read.failed;
  return { tier, ...read, failed, seconds };
}

async function provide(quick: boolean): Promise<void> {
  await providePackages(say, quick ? quickPackages : testPackages);
  if (!quick) await provideTools({ log: say });
  await check("descriptors of Kubernetes' kinds", ["npm", "run", "--silent", "generate"]);
}

async function run(tiers: readonly string[], quick: boolean): Promise<void> {
  const unknown = tiers.filter((tier) => !allTiers.includes(tier));
  if (unknown.length > 0) throw new UserError(`no tier ${unknown}; there are: ${allTiers.join(" ")}.`);
  const reports = mkdtempSync(join(tmpdir(), "etcd-recovery-test-"));
  const temporary = new TemporaryFiles();
  say(`reports of each tier in ${reports}; temporary files in ${temporary.directory}`);
  await provide(quick);
  await check("types", ["tsc", "--noEmit"]);
  await check("format and lint", ["biome", "ci", "."]);
  const results: TierResult[] = [];
  const runLane = async (lane: readonly string[]) => {
    for (const tier of lane.filter((one) => tiers.includes(one))) results.push(await runTier(tier, reports));
  };
  for (const lanes of stages) await Promise.all(lanes.map(runLane));
  sayResults(results, (line) => void process.stdout.write(`${line}\n`));
  const left = temporary.left();
  if (left.length > 0) say(`left by tests, removed now: ${left.join(" ")}`);
  for (const { tier, passed, failed, seconds } of results)
    say(`tier ${tier}: ${passed} passed, ${failed} failed, ${seconds.toFixed(0)} s`);
  const total = (key: "passed" | "failed") => results.reduce((sum, result) => sum + result[key], 0);
  process.stdout.write(`${total("passed")} passed, ${total("failed")} failed\n`);
  process.exitCode = total("failed") === 0 ? 0 : 1;
  if (process.exitCode === 0) rmSync(reports, { recursive: true, force: true });
}

new Command("test")
  .argument("[tiers...]", `some of: ${allTiers.join(" ")}; default: all`)
  .option("--quick", `only ${quickTiers.join(", ")}: needs nothing that must be built`, false)
  .action((tiers: string[], { quick }: { quick: boolean }) =>
    run(tiers.length > 0 ? tiers : quick ? quickTiers : allTiers, quick),
  )
  .parseAsync()
  .catch((error: unknown) => {
    say(error instanceof UserError ? `error: ${error.message}` : String(error));
    process.exitCode = 1;
  });
