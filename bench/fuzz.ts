import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import { provideTools } from "../lab/tools/provideTools";
import { type Verdict, verifySnapshotSync } from "../snapshot";
import { agreementOf, compareVerdicts, isTooLenient } from "../test/support/agreement";
import { Judges } from "../test/support/judges";
import { mutate } from "../test/support/mutation";
import { kubernetesRecords, writeSnapshot } from "../test/support/testSnapshot";

interface Options {
  readonly mutations: number;
  readonly seed: number;
}

/** A single reading may take this long on a busy machine; the files have a few pages. */
const SLOW_MS = 5000;
const REPORT_EVERY = 100_000;

/** `npm run fuzz -- snapshot`: damages small snapshots at random; each must give a verdict, soon and in bounded memory. */
function fuzzSnapshot({ mutations, seed }: Options): void {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-recovery-fuzz-"));
  const file = path.join(directory, "damaged.db");
  const counts = new Map<string, number>();
  const chance = xorshift(seed);
  try {
    const originals = [4, 40, 150].map((n) => {
      const options = { records: kubernetesRecords(n, 60), freeEvery: 6 };
      return fs.readFileSync(writeSnapshot(directory, `good-${n}.db`, options));
    });
    for (let n = 1; n <= mutations; n++) {
      const original = originals[chance(originals.length)] ?? Buffer.alloc(0);
      const damaged = mutate(original, chance);
      fs.writeFileSync(file, damaged);
      const verdict = readInTime(file, damaged, seed, n);
      const outcome = verdict.valid ? "valid" : verdict.problem.code;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (n % REPORT_EVERY === 0) process.stderr.write(`${n}: ${memoryMB()} MB\n`);
    }
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
  const outcomes = Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
  process.stdout.write(
    `${JSON.stringify({ name: "snapshot", mutations, seed, outcomes, peakMemoryMB: memoryMB() })}\n`,
  );
}

/** Keeps the file for a look when reading it throws or takes too long. */
function readInTime(file: string, damaged: Buffer, seed: number, n: number): Verdict {
  const begun = performance.now();
  try {
    const verdict = verifySnapshotSync(file);
    if (performance.now() - begun > SLOW_MS)
      throw new Error(`took ${Math.round(performance.now() - begun)} ms`);
    return verdict;
  } catch (error) {
    const kept = path.join(os.tmpdir(), `etcd-recovery-fuzz-${seed}-${n}.db`);
    fs.writeFileSync(kept, damaged);
    throw new Error(`mutation ${n} of seed ${seed}, kept as ${kept}`, { cause: error });
  }
}

/**
 * `npm run fuzz -- judges`: lists how often the reader agrees with etcd's own programs on damaged files with a right
 * digest. Fails when the reader lets pass what one of them refuses; what it refuses and etcd boots is listed with why.
 */
async function fuzzJudges({ mutations, seed }: Options): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-recovery-judges-"));
  const tools = await provideTools({ only: ["etcd", "etcdutl", "bbolt"], log: say });
  const judges = new Judges(
    { etcd: tools.path("etcd"), etcdutl: tools.path("etcdutl"), bbolt: tools.path("bbolt") },
    directory,
  );
  const agreement = new Map<string, number>();
  const stricter = new Map<string, number>();
  let lenient = 0;
  const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  try {
    for await (const found of compareVerdicts(judges, directory, mutations, xorshift(seed))) {
      count(agreement, agreementOf(found));
      if (found.reader !== "valid" && found.boot.accepts)
        count(stricter, found.problem.replace(/\d+/g, "N").split(";")[0] ?? "");
      if (isTooLenient(found)) {
        lenient++;
        const kept = path.join(os.tmpdir(), `etcd-recovery-judges-${seed}-${found.n}.db`);
        fs.writeFileSync(kept, found.bytes);
        const said = [found.bboltCheck, found.status, found.boot].find(({ accepts }) => !accepts)?.said;
        say(`too lenient, kept as ${kept}: ${said}`);
      }
      if (found.n % 100 === 0) say(`${found.n} of ${mutations}`);
    }
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
  const sorted = (counts: Map<string, number>) =>
    Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
  const result = {
    name: "judges",
    mutations,
    seed,
    lenient,
    agreement: sorted(agreement),
    stricter: sorted(stricter),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (lenient > 0) process.exitCode = 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function memoryMB(): number {
  return Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
}

function xorshift(seed: number): (limit: number) => number {
  let state = seed | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const program = new Command("fuzz").description("damage inputs at random");
program
  .command("snapshot")
  .option("--mutations <n>", "how many", Number, 1_000_000)
  .option("--seed <n>", "equal seed, equal mutations", Number, 1)
  .action(fuzzSnapshot);
program
  .command("judges")
  .description(
    "damage snapshots, and compare the reader with bbolt check, etcdutl snapshot status, and restore + boot",
  )
  .option("--mutations <n>", "how many", Number, 1000)
  .option("--seed <n>", "equal seed, equal mutations", Number, 1)
  .action(fuzzJudges);
void program.parseAsync();
