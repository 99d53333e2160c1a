import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { provideTools } from "../lab/tools/provideTools";
import { diffSnapshotsSync, verifySnapshotSync } from "../snapshot";
import { medians, run } from "./measure";
import { measureReadings, type Readings } from "./reading";
import { provideStore } from "./stores";

interface Options {
  readonly json?: boolean;
  readonly gigabytes: number;
  readonly rounds: number;
}

interface MemoryOptions extends Options {
  readonly keys?: number;
  readonly inspectOnly?: boolean;
}

const WINDOW_BYTES = 4 * 1024 * 1024;
const LATER = { changed: 3000, added: 200, deleted: 100 };
/** As another member has it: nothing lies in the same place. */
const ELSEWHERE = { freeEvery: 37 };

/** Verifying and inspecting against a bare SHA-256, comparing against inspecting, inspecting against `etcdutl snapshot status`. */
export async function benchSnapshot({ json, gigabytes, rounds }: Options): Promise<void> {
  const say = sayUnless(json);
  const before = provideStore(gigabytes, say);
  const after = provideStore(gigabytes, say, { later: LATER });
  const elsewhere = provideStore(gigabytes, say, { later: LATER, ...ELSEWHERE });
  const tools = await provideTools({ only: ["etcdutl"], log: say });
  const found = await medians(
    [
      { name: "sha256", run: async () => bareSha256(before) },
      { name: "inspect", run: async () => mustBeValid(verifySnapshotSync(before)) },
      { name: "diff", run: async () => mustBeValid(diffSnapshotsSync(before, after)) },
      { name: "diff elsewhere", run: async () => mustBeValid(diffSnapshotsSync(before, elsewhere)) },
      { name: "etcdutl status", run: () => run([tools.path("etcdutl"), "snapshot", "status", before]) },
    ],
    rounds,
    say,
  );
  const ratio = (a: string, b: string) => Number(((found[a] ?? 0) / (found[b] ?? 1)).toFixed(2));
  const ratios = {
    verifyOverSha256: ratio("inspect", "sha256"),
    diffOverInspect: ratio("diff", "inspect"),
    diffElsewhereOverInspect: ratio("diff elsewhere", "inspect"),
    inspectOverStatus: ratio("inspect", "etcdutl status"),
  };
  const own = measureReadings(
    {
      inspect: ["inspect", before],
      diff: ["diff", before, after],
      "diff elsewhere": ["diff", before, elsewhere],
    },
    rounds,
    say,
  );
  process.stdout.write(`${JSON.stringify({ name: "snapshot", ratios, medians: found, ownProcess: own })}\n`);
}

/** The largest resident set of one inspection and one comparison, each in a process of its own. */
export async function benchMemory({
  json,
  gigabytes,
  keys,
  rounds,
  inspectOnly,
}: MemoryOptions): Promise<void> {
  const say = sayUnless(json);
  const variant = keys === undefined ? {} : { keys };
  const before = provideStore(gigabytes, say, variant);
  const readings: Readings =
    inspectOnly === true
      ? { inspect: ["inspect", before] }
      : {
          inspect: ["inspect", before],
          diff: ["diff", before, provideStore(gigabytes, say, { ...variant, later: LATER })],
        };
  const ownProcess = measureReadings(readings, rounds, say);
  process.stdout.write(`${JSON.stringify({ name: "memory", gigabytes, ...variant, ownProcess })}\n`);
}

function sayUnless(json: boolean | undefined): (line: string) => void {
  return (line) => void (json === true || process.stdout.write(`${line}\n`));
}

function mustBeValid(verdict: { valid: boolean }): void {
  if (!verdict.valid) throw new Error(`the generated store is refused: ${JSON.stringify(verdict)}`);
}

function bareSha256(file: string): void {
  const hash = createHash("sha256");
  const window = Buffer.allocUnsafe(WINDOW_BYTES);
  const fd = fs.openSync(file, "r");
  for (let n = fs.readSync(fd, window); n > 0; n = fs.readSync(fd, window))
    hash.update(window.subarray(0, n));
  hash.digest();
  fs.closeSync(fd);
}
