import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { median } from "./measure";

/** What one reading took, in a process of its own with its threads. */
export interface Reading {
  readonly seconds: number;
  /** User and system time of the whole process. */
  readonly processorSeconds: number;
  /** Largest resident set. */
  readonly peakMemoryMB: number;
}

/** Reads of these kinds, each of one file or of two. */
export type Readings = Readonly<Record<string, readonly [act: "inspect" | "diff", ...files: string[]]>>;

const ROOT = path.join(__dirname, "..");

/** Runs each reading in a process of its own, in turn, `rounds` times. Answers medians, of memory too. */
export function measureReadings(
  readings: Readings,
  rounds: number,
  say: (line: string) => void,
): Record<string, Reading> {
  const built = buildReader();
  const found = new Map(Object.keys(readings).map((name) => [name, [] as Reading[]]));
  for (let round = 1; round <= rounds; round++) {
    for (const [name, [act, ...files]] of Object.entries(readings)) {
      const argv = [path.join(__dirname, "readOnce.js"), built, act, ...files];
      const reading = JSON.parse(execFileSync(process.execPath, argv, { encoding: "utf8" })) as Reading;
      found.get(name)?.push(reading);
      say(`own process, round ${round} ${name}: ${describe(reading)}`);
    }
  }
  return Object.fromEntries([...found].map(([name, all]) => [name, medianOf(all)]));
}

function describe({ seconds, processorSeconds, peakMemoryMB }: Reading): string {
  return `${seconds.toFixed(2)} s, ${processorSeconds.toFixed(2)} s of processors, ${Math.round(peakMemoryMB)} MB`;
}

function medianOf(readings: readonly Reading[]): Reading {
  const of = (field: keyof Reading) => Number(median(readings.map((one) => one[field])).toFixed(2));
  return {
    seconds: of("seconds"),
    processorSeconds: of("processorSeconds"),
    peakMemoryMB: Math.round(of("peakMemoryMB")),
  };
}

/** Compiles the reader alone, as the package does; what it needs is found where it is built. */
function buildReader(): string {
  const out = path.join(ROOT, "node_modules", ".cache", "etcd-recovery-bench");
  fs.rmSync(out, { recursive: true, force: true });
  const { resolve } = createRequire(__filename);
  const argv = [
    resolve("typescript/bin/tsc"),
    "-p",
    path.join(__dirname, "tsconfig.built.json"),
    "--outDir",
    out,
  ];
  execFileSync(process.execPath, argv, { stdio: "inherit" });
  fs.cpSync(path.join(ROOT, "snapshot", "generated"), path.join(out, "snapshot", "generated"), {
    recursive: true,
  });
  return path.join(out, "snapshot", "index.js");
}
