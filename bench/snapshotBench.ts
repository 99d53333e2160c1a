import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { provideTools } from "../lab/tools/provideTools";
import { diffSnapshotsSync, verifySnapshotSync } from "../snapshot";
import { medians, run } from "./measure";
import { provideStore } from "./stores";

interface Options {
  readonly json?: boolean;
  readonly gigabytes: number;
  readonly rounds: number;
}

const WINDOW_BYTES = 4 * 1024 * 1024;

/** Verifying and inspecting against a bare SHA-256, comparing against inspecting, inspecting against `etcdutl snapshot status`. */
export async function benchSnapshot({ json, gigabytes, rounds }: Options): Promise<void> {
  const say = (line: string) => void (json === true || process.stdout.write(`${line}\n`));
  const before = provideStore(gigabytes, say);
  const after = provideStore(gigabytes, say, { changed: 3000, added: 200, deleted: 100 });
  const tools = await provideTools({ only: ["etcdutl"], log: say });
  const found = await medians(
    [
      { name: "sha256", run: async () => bareSha256(before) },
      { name: "inspect", run: async () => mustBeValid(verifySnapshotSync(before)) },
      { name: "diff", run: async () => mustBeValid(diffSnapshotsSync(before, after)) },
      { name: "etcdutl status", run: () => run([tools.path("etcdutl"), "snapshot", "status", before]) },
    ],
    rounds,
    say,
  );
  const ratio = (a: string, b: string) => Number(((found[a] ?? 0) / (found[b] ?? 1)).toFixed(2));
  const ratios = {
    verifyOverSha256: ratio("inspect", "sha256"),
    diffOverInspect: ratio("diff", "inspect"),
    inspectOverStatus: ratio("inspect", "etcdutl status"),
  };
  // the peak of a process that has done everything above, in one: an upper bound of each
  const peakMemoryMB = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  process.stdout.write(`${JSON.stringify({ name: "snapshot", ratios, medians: found, peakMemoryMB })}\n`);
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
