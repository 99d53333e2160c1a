import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { UserError } from "../components/errors";
import { Stopwatch } from "../lab/progress";
import { providePackages } from "../lab/tools/debianPackages";
import { provideTools } from "../lab/tools/provideTools";

/** Tiers in the order of what they need; a failure in one does not hide the others. */
const tiers = ["unit", "graph", "shell", "etcd", "engine", "lab"] as const;

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

/** Runs one tier and counts from vitest's own report: a tier that ran no test has failed. */
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
  const counts = readReport(report);
  const failed = counts.failed + counts.skipped;
  return {
    tier,
    passed: counts.passed,
    failed: failed === 0 && (ran.exitCode !== 0 || counts.passed === 0) ? 1 : failed,
  };
}

function readReport(path: string): { passed: number; failed: number; skipped: number } {
  try {
    const report = JSON.parse(readFileSync(path, "utf8"));
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function main(): Promise<void> {
  const reports = mkdtempSync(join(tmpdir(), "etcd-recovery-test-"));
  mkdirSync(reports, { recursive: true });
  say(`reports in ${reports}`);
  await providePackages(say);
  await provideTools({ log: say });
  await check("descriptors of Kubernetes' kinds", ["npm", "run", "--silent", "generate"]);
  await check("types", ["tsc", "--noEmit"]);
  await check("format and lint", ["biome", "ci", "."]);
  const wanted = process.argv.slice(2);
  const results: TierResult[] = [];
  for (const tier of tiers.filter((name) => wanted.length === 0 || wanted.includes(name))) {
    results.push(await runTier(tier, reports));
  }
  for (const { tier, passed, failed } of results) say(`tier ${tier}: ${passed} passed, ${failed} failed`);
  const total = (key: "passed" | "failed") => results.reduce((sum, result) => sum + result[key], 0);
  process.stdout.write(`${total("passed")} passed, ${total("failed")} failed\n`);
  process.exitCode = total("failed") === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  say(error instanceof UserError ? `error: ${error.message}` : String(error));
  process.exitCode = 1;
});
