import { Command } from "commander";
import { endLab, startLab } from "../../lab/lab";
import { Stopwatch } from "../../lab/progress";
import { LabStacks } from "../support/labStack";
import { MarkedCluster, type Outcome } from "./outcome";
import { type Recovery, recover, recoveries } from "./recovery";

interface Options {
  readonly instants: number;
  readonly seed: number;
  readonly members: 1 | 3;
}

const clock = new Stopwatch();
const say = (line: string) => process.stderr.write(`[${clock}] ${line}\n`);

/** mulberry32: equal seeds kill at equal instants. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Kills `pulumi up` at a numbered call of a restore, recovers, and judges what is there. */
async function interrupt(
  stacks: LabStacks,
  cluster: MarkedCluster,
  settings: Record<string, string>,
  plan: Plan,
): Promise<Outcome> {
  stacks.faults.disarm();
  await cluster.remove("after");
  await cluster.put("after");
  const found = await cluster.situation();
  await stacks.restoreStack(plan.id, settings);
  stacks.faults.arm(plan.after ? "kill-after" : "kill", "*", plan.call);
  const run = await stacks.pulumi("up", "--yes", "--skip-preview");
  stacks.faults.disarm();
  // A run that made fewer calls than the counted one reached its end: nothing was interrupted.
  if (run.exitCode === 0) return "unreached";
  const wanted = await recover(stacks, plan.recovery, plan.id, settings);
  const outcome = cluster.judge(found, await cluster.situation());
  return outcome === wanted ? outcome : "lost";
}

interface Plan {
  readonly id: string;
  /** Which call of kubectl, from 1, is the instant. */
  readonly call: number;
  readonly after: boolean;
  readonly recovery: Recovery;
}

/** One restore without a fault: how many instants there are. */
async function countCalls(stacks: LabStacks, settings: Record<string, string>): Promise<number> {
  await stacks.restoreStack("count", settings);
  stacks.faults.disarm();
  await stacks.done("up", "--yes", "--skip-preview");
  return stacks.faults.calls().length;
}

async function run({ instants, seed, members }: Options): Promise<void> {
  const random = randomFrom(seed);
  const outcomes: Record<Outcome, number> = { restored: 0, previous: 0, lost: 0, unreached: 0 };
  const name = `faults${process.pid}`;
  try {
    const lab = await startLab({ name, workers: members, members, log: say });
    const stacks = await LabStacks.open(lab);
    const cluster = new MarkedCluster(lab);
    await cluster.put("before");
    const settings = { "restore.snapshot": await stacks.backup(), "restore.reason": "a test of faults" };
    const calls = await countCalls(stacks, settings);
    say(`a restore is ${calls} calls of kubectl; ${instants} of them are interrupted, seed ${seed}`);
    for (let n = 1; n <= instants; n += 1) {
      const recovery = recoveries[Math.floor(random() * recoveries.length)] ?? "up";
      const plan = { id: `f${n}`, call: 1 + Math.floor(random() * calls), after: random() < 0.5, recovery };
      const outcome = await interrupt(stacks, cluster, settings, plan).catch((error: Error) => {
        say(error.message);
        return "lost" as const;
      });
      outcomes[outcome] += 1;
      say(
        `${n}/${instants}: killed ${plan.after ? "after" : "before"} call ${plan.call}, then ${recovery}: ${outcome}`,
      );
      if (outcome === "lost") break;
    }
    await stacks.close();
  } finally {
    await endLab(name);
  }
  process.stdout.write(`${JSON.stringify({ instants, seed, members, ...outcomes })}\n`);
  process.exitCode =
    outcomes.lost === 0 && outcomes.restored + outcomes.previous + outcomes.unreached === instants ? 0 : 1;
}

new Command("test:faults")
  .description("kill a restore at random instants, recover in every way, and judge what is there")
  .option("--instants <n>", "how many", Number, 200)
  .option("--seed <n>", "equal seeds, equal instants", Number, 1)
  .option("--members <n>", "1 or 3", Number, 1)
  .action(run)
  .parseAsync()
  .catch((error: Error) => {
    say(error.message);
    process.exitCode = 1;
  });
