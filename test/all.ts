import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import execa from "execa";
import { UserError } from "../components/errors";
import { Stopwatch } from "../lab/progress";
import { providePackages, testPackages } from "../lab/tools/debianPackages";
import { provideTools } from "../lab/tools/provideTools";

/** Tiers in the order of what they need; a failure in one does not hide the others. */
const allTiers = ["unit", "graph", "shell", "etcd", "engine", "lab"];
/** Those that need no tool that must be built, and the packages that they do need. */
const quickTiers = ["unit", "graph", "shell"];
const quickPackages = ["busybox-static", "dash", "shellcheck"];

interface TierResult {
  readonly tier: string;
  readonly passed: number;
  readonly failed: number;
}

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
  const ran = await execa("vitest", argv, { cwd: root, stdio: "inherit", preferLocal: true, reject: false });
  const { passed, failed } = readReport(report);
  return { tier, passed, failed: failed === 0 && (ran.exitCode !== 0 || passed === 0) ? 1 : failed };
}

function readReport(path: string): { passed: number; failed: number } {
  try {
    const report = JSON.parse(readFileSync(path, "utf8"));
    return { passed: report.numPassedTests, failed: report.numTotalTests - report.numPassedTests };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function provide(quick: boolean): Promise<void> {
  await providePackages(say, quick ? quickPackages : testPackages);
  if (quick) return;
  await provideTools({ log: say });
  await check("descriptors of Kubernetes' kinds", ["npm", "run", "--silent", "generate"]);
}

async function run(tiers: readonly string[], quick: boolean): Promise<void> {
  const unknown = tiers.filter((tier) => !allTiers.includes(tier));
  if (unknown.length > 0) throw new UserError(`no tier ${unknown}; there are: ${allTiers.join(" ")}.`);
  const reports = mkdtempSync(join(tmpdir(), "etcd-recovery-test-"));
  say(`reports of each tier in ${reports}`);
  await provide(quick);
  await check("types", ["tsc", "--noEmit"]);
  await check("format and lint", ["biome", "ci", "."]);
  const results: TierResult[] = [];
  for (const tier of tiers) results.push(await runTier(tier, reports));
  for (const { tier, passed, failed } of results) say(`tier ${tier}: ${passed} passed, ${failed} failed`);
  const total = (key: "passed" | "failed") => results.reduce((sum, result) => sum + result[key], 0);
  process.stdout.write(`${total("passed")} passed, ${total("failed")} failed\n`);
  process.exitCode = total("failed") === 0 ? 0 : 1;
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
