import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import execa from "execa";
import { verifySnapshotSync } from "../../snapshot";
import { median } from "../measure";
import { provideStore } from "../stores";
import { type EtcdPrograms, type EtcdSeries, provideEtcd } from "./etcdPrograms";
import { Members } from "./members";
import { OurRestore } from "./ourRestore";
import { type Usage, withUsage } from "./usage";
import { copyDurably, type Ground, restoreAsDocumented, type SnapshotFile } from "./ways";

interface Options {
  readonly json?: boolean;
  readonly gigabytes: number;
  readonly rounds: number;
  readonly busybox?: boolean;
  readonly etcd: EtcdSeries;
}

/** Files of the snapshot's size that a way has in memory at once: received, restored, and those of the servers. */
const WARM_COPIES = 9;

type Say = (line: string) => void;

/** What one round measured: seconds, and for the two ways bytes. */
type Figures = Record<string, number>;

/**
 * A restore of three members from one snapshot: by the documented steps, and by ours, on the same members in turn.
 * Every restored cluster is the previous data of the next one. Throws when a restored member does not hold exactly
 * what the snapshot holds.
 */
export async function benchRestore({ json, gigabytes, rounds, busybox, etcd }: Options): Promise<void> {
  const say: Say = (line) => void (json === true || process.stdout.write(`${line}\n`));
  const programs = await provideEtcd(etcd, say);
  const snapshot = await describeSnapshot(provideStore(gigabytes, say));
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-recovery-bench-"));
  const members = await Members.make(programs, directory);
  const shell = busybox === true ? ["/bin/busybox", "ash"] : ["/bin/sh"];
  const ground = { members, snapshot, directory, shell, path: providePath(directory, programs) };
  try {
    members.start();
    await members.healthy();
    const measured = await measureRounds(ground, rounds, say);
    process.stdout.write(`${JSON.stringify({ name: "restore", ...conclude(measured) })}\n`);
  } finally {
    await members.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

async function measureRounds(ground: Ground, rounds: number, say: Say): Promise<Figures[]> {
  const measured: Figures[] = [];
  for (let round = 0; round <= rounds; round++) {
    const figures = {
      ...(await documented(ground)),
      ...(await ours(ground, round)),
      ...(await floor(ground)),
    };
    if (round > 0) measured.push(figures);
    const shown = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(2)}`);
    const load = os.loadavg()[0]?.toFixed(1);
    say(`${round === 0 ? "warm-up" : `round ${round}`} (load ${load}): ${shown.join(", ")}`);
  }
  return measured;
}

async function documented(ground: Ground): Promise<Figures> {
  const { members } = ground;
  await warmMemory(ground);
  await members.stop();
  const watch = new Watch();
  const usage = await withUsage(
    () => restoreAsDocumented(ground),
    () => members.processIds,
  );
  const copied = watch.lap();
  members.start();
  await members.healthy();
  const documentedStart = watch.lap();
  const total = copied + documentedStart;
  await settle();
  const durable = total + watch.lap();
  await mustHoldTheSnapshot(ground);
  return { documented: total, documentedDurable: durable, documentedStart, ...named("documented", usage) };
}

async function ours(ground: Ground, round: number): Promise<Figures> {
  const { members } = ground;
  const restore = new OurRestore(ground, `round-${round}`);
  await warmMemory(ground);
  const watch = new Watch();
  const figures: Figures = {};
  const usage = await withUsage(
    async () => {
      await restore.transfer();
      figures.transfer = watch.lap();
      await restore.stage();
      figures.stage = watch.lap();
    },
    () => members.processIds,
  );
  await members.stop();
  watch.lap();
  await restore.swap();
  figures.swap = watch.lap();
  members.start();
  const healthy = members.healthy().then(() => watch.sinceLap());
  await Promise.all([healthy, restore.waitForEtcd()]);
  figures.start = watch.lap();
  await restore.verify();
  figures.verify = watch.lap();
  figures.ours = sum(figures);
  figures.startCheck = Math.max(0, figures.start - (await healthy));
  await mustHoldTheSnapshot(ground);
  await restore.clear();
  await settle();
  return { ...figures, ...named("ours", usage), ...(await plainRestart(ground)) };
}

/** Stopping and starting the restored members without doing anything between. */
async function plainRestart({ members }: Ground): Promise<Figures> {
  const watch = new Watch();
  await members.stop();
  const plainStop = watch.lap();
  members.start();
  await members.healthy();
  return { plainStop, plainStart: watch.lap() };
}

async function floor(ground: Ground): Promise<Figures> {
  await warmMemory(ground);
  const watch = new Watch();
  await copyDurably(ground);
  const seconds = watch.lap();
  for (const { volume } of ground.members.all) fs.rmSync(path.join(volume, "floor.db"));
  await settle();
  return { floor: seconds };
}

/** What one way has left in memory is not the next one's to write. */
async function settle(): Promise<void> {
  await execa("sync");
}

/**
 * A virtual machine's host takes memory back that lies idle, and gives it again page by page, more slowly than a disk
 * writes. Which way meets such memory would be chance: so each begins with memory that has just been in use.
 */
async function warmMemory(ground: Ground): Promise<void> {
  const bytes = Math.min(WARM_COPIES * ground.snapshot.bytes, os.totalmem() / 3);
  const file = `/dev/shm/etcd-recovery-bench-${process.pid}`;
  try {
    await execa("dd", ["if=/dev/zero", `of=${file}`, "bs=4M", `count=${Math.ceil(bytes / (4 << 20))}`]);
  } finally {
    fs.rmSync(file, { force: true });
  }
}

async function mustHoldTheSnapshot({ members, snapshot }: Ground): Promise<void> {
  const contents = await members.contents();
  const wrong = contents.some(({ keys, hash }) => keys !== snapshot.keys || hash !== contents[0]?.hash);
  if (wrong) {
    throw new Error(`the snapshot has ${snapshot.keys} keys; the members hold ${JSON.stringify(contents)}`);
  }
}

function named(way: string, { written, toDisk, peakMemory }: Usage): Figures {
  return {
    [`${way}WrittenMB`]: written / 1e6,
    [`${way}ToDiskMB`]: toDisk / 1e6,
    [`${way}PeakMemoryMB`]: peakMemory / 1e6,
  };
}

/** Medians of every figure, and the ratios of what was measured in the same round. */
function conclude(measured: readonly Figures[]): { ratios: Figures; medians: Figures } {
  const rounds = measured.map((figures) => ({ ...figures, outageWork: outageWork(figures) }));
  const of = (value: (figures: Figures) => number) => Number(median(rounds.map(value)).toFixed(3));
  const get = (figures: Figures, name: string) => figures[name] ?? Number.NaN;
  const names = Object.keys(rounds[0] ?? {});
  return {
    ratios: {
      // neither has etcd's own start, ours has the checks that the documented steps lack
      total: of((f) => documentedWork(f) / (oursWork(f) + outageWork(f) - get(f, "swap"))),
      totalWithStart: of((f) => get(f, "documented") / get(f, "ours")),
      work: of((f) => documentedWork(f) / oursWork(f)),
      overFloor: of((f) => (get(f, "stage") + get(f, "swap")) / get(f, "floor")),
      workOverFloor: of((f) => oursWork(f) / get(f, "floor")),
      outage: of((f) => get(f, "outageWork") / (get(f, "plainStop") + get(f, "plainStart"))),
    },
    medians: Object.fromEntries(names.map((name) => [name, of((f) => get(f, name))])),
  };
}

/** Seconds until the data lies in place, by each way. */
function documentedWork({ documented = 0, documentedStart = 0 }: Figures): number {
  return documented - documentedStart;
}
function oursWork({ transfer = 0, stage = 0, swap = 0 }: Figures): number {
  return transfer + stage + swap;
}

/** Seconds of the outage that are ours and not etcd's: the swap, the checks, and what the act that waits adds to the wait. */
function outageWork({ swap = 0, startCheck = 0, verify = 0 }: Figures): number {
  return swap + startCheck + verify;
}

async function describeSnapshot(file: string): Promise<SnapshotFile> {
  const verdict = verifySnapshotSync(file);
  if (!verdict.valid) throw new Error(`the generated store is refused: ${verdict.problem.message}`);
  const { sizeBytes, sha256, contentSha256, keys } = verdict;
  return { path: file, bytes: sizeBytes, sha256, contentSha256, keys };
}

/** A directory for PATH: etcd's programs. */
function providePath(directory: string, { etcdctl, etcdutl }: EtcdPrograms): string {
  const bin = path.join(directory, "bin");
  fs.mkdirSync(bin);
  for (const [name, file] of Object.entries({ etcdctl, etcdutl })) fs.symlinkSync(file, path.join(bin, name));
  return bin;
}

function sum(figures: Figures): number {
  return Object.values(figures).reduce((total, value) => total + value, 0);
}

/** Seconds since the last question. */
class Watch {
  private last = performance.now();

  sinceLap(): number {
    return (performance.now() - this.last) / 1000;
  }

  lap(): number {
    const now = performance.now();
    const seconds = (now - this.last) / 1000;
    this.last = now;
    return seconds;
  }
}
