import { readFileSync } from "node:fs";
import { relative } from "node:path";

export interface FileTime {
  readonly file: string;
  readonly seconds: number;
}

/** A test that did not pass. */
export interface Failure {
  readonly file: string;
  readonly name: string;
  /** What it said, in short. */
  readonly why: readonly string[];
}

export interface TierResult {
  readonly tier: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  readonly files: readonly FileTime[];
  readonly failures: readonly Failure[];
}

/** The parts of vitest's JSON report that are read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** So many lines of a failure are repeated at the end: how it begins, and how what it ran has ended. */
const lines = { first: 4, last: 20 };

/** A failure in short: a screen of `pulumi up` tells its reason last, and the machine that it was on may be gone. */
export function inShort(text: string): readonly string[] {
  const all = text.split("\n").filter(isTelling);
  const told =
    all.length > lines.first + lines.last
      ? [...all.slice(0, lines.first), "…", ...all.slice(-lines.last)]
      : all;
  return told.map((line) => line.slice(0, 300));
}

/** Not that the engine is still at it, nor how a test was called. */
const isTelling = (line: string): boolean =>
  line.trim() !== "" && !line.startsWith("@ ") && !/^ +at .*\(?(node:|.*node_modules)/.test(line);

/** What vitest has reported of a tier; without a report, it has failed. A test that was left out has failed, too. */
export function readReport(
  root: string,
  path: string,
): Pick<TierResult, "passed" | "failed" | "files" | "failures"> {
  try {
    const { numPassedTests, numTotalTests, testResults }: Report = JSON.parse(readFileSync(path, "utf8"));
    const files = testResults.map(({ name, startTime, endTime }) => ({
      file: relative(root, name),
      seconds: (endTime - startTime) / 1000,
    }));
    const failures = testResults.flatMap((file) => failuresOf(relative(root, file.name), file));
    return { passed: numPassedTests, failed: numTotalTests - numPassedTests, files, failures };
  } catch (error) {
    const why = [`vitest left no report: ${(error as Error).message}`];
    return { passed: 0, failed: 1, files: [], failures: [{ file: path, name: "", why }] };
  }
}

function failuresOf(
  file: string,
  { assertionResults, status, message = "" }: Report["testResults"][number],
): readonly Failure[] {
  const tests = assertionResults
    .filter((test) => test.status !== "passed")
    .map(({ fullName, failureMessages }) => ({
      file,
      name: fullName,
      why: inShort((failureMessages ?? []).join("\n") || "was left out"),
    }));
  // one that could not be loaded has no tests
  return tests.length > 0 || status === "passed" ? tests : [{ file, name: "", why: inShort(message) }];
}

/** What took how long, the longest last; files of less than a second are summed up. Then what failed, and why. */
export function sayResults(results: readonly TierResult[], say: (line: string) => void): void {
  const files = results.flatMap((result) => result.files).sort((a, b) => a.seconds - b.seconds);
  const short = files.filter(({ seconds }) => seconds < 1);
  const total = short.reduce((sum, { seconds }) => sum + seconds, 0);
  const line = (seconds: number, what: string) => say(`${seconds.toFixed(1).padStart(7)} s  ${what}`);
  if (short.length > 0) line(total, `${short.length} files of less than a second`);
  for (const { file, seconds } of files.slice(short.length)) line(seconds, file);
  for (const { file, name, why } of results.flatMap(({ failures }) => failures)) {
    say(`FAILED ${[file, name].filter((part) => part !== "").join(": ")}`);
    for (const one of why) say(`    ${one}`);
  }
}
