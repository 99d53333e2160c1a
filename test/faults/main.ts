import { Command, Option } from "commander";
import { endLab, type Lab, startLab, type UserCluster } from "../../lab/index";
import { Stopwatch } from "../../lab/progress";
import { LabStacks } from "../support/labStack";
import { boundaries, type Instant, randomInstants, type Ways } from "./instants";
import { Interruptions } from "./interruptions";
import { MarkedCluster, type Outcome } from "./outcome";

interface Options {
  readonly boundaries: Ways | "none";
  readonly instants: number;
  readonly seed: number;
  readonly members: 1 | 3;
  readonly clusters: number;
}

type Tally = Record<Outcome, number>;

const clock = new Stopwatch();
let stopped = false;
/** Those with programs that may run. */
const opened: LabStacks[] = [];
const say = (line: string) => process.stderr.write(`[${clock}] ${line}\n`);
const reason = { "restore.reason": "a test of faults" };

/** Restores that can be interrupted, of one user cluster. */
async function interruptionsOf(lab: Lab, { name }: UserCluster, stacks: LabStacks): Promise<Interruptions> {
  const cluster = new MarkedCluster(lab, lab.userCluster(name));
  await cluster.put("before");
  return new Interruptions(stacks, cluster, { "restore.snapshot": await stacks.backup(), ...reason });
}

/** Steps that wait make fewer requests one time than another: a restore that passed the instant is taken again, earlier. */
async function reached(
  interruptions: Interruptions,
  instant: Instant,
  say: (line: string) => void,
): Promise<Outcome> {
  for (let { count } = instant; ; count -= Math.ceil(count / 10)) {
    const outcome = await interruptions.interrupt({ ...instant, count }, say);
    if (outcome !== "unreached" || count <= 1) return outcome;
    say(`fewer than ${count} requests this time`);
  }
}

/** Every user cluster takes the next instant when it is done with one. Ends early after a loss, or when stopped. */
async function takeAll(workers: readonly Interruptions[], instants: readonly Instant[]): Promise<Tally> {
  const tally: Tally = { restored: 0, previous: 0, lost: 0, unreached: 0 };
  let next = 0;
  const work = async (interruptions: Interruptions) => {
    while (next < instants.length && tally.lost === 0 && !stopped) {
      next += 1;
      const number = next;
      const instant = instants[number - 1] as Instant;
      const title = `${number}/${instants.length}: ${instant.name}, then ${instant.recovery}`;
      const outcome = await reached(interruptions, instant, (line) => say(`${title}: ${line}`));
      tally[outcome] += 1;
      say(`${title}: ${outcome}`);
    }
  };
  await Promise.all(workers.map(work));
  return tally;
}

async function play(lab: Lab, options: Options): Promise<Record<string, Tally & { of: number }>> {
  for (let n = 2; n <= options.clusters; n += 1)
    await lab.addUserCluster({ name: `uc${n}`, members: options.members });
  for (const { name } of lab.userClusters) opened.push(await LabStacks.open(lab, name));
  try {
    const workers = await Promise.all(opened.map((own) => interruptionsOf(lab, own.cluster, own)));
    const requests = (await workers[0]?.requests()) ?? [];
    say(`the steps of a restore make ${requests.length} requests; seed ${options.seed}`);
    const atBoundaries = options.boundaries === "none" ? [] : boundaries(requests, options.boundaries);
    const atRandom = randomInstants(requests, options.instants, options.seed);
    return {
      boundaries: { of: atBoundaries.length, ...(await takeAll(workers, atBoundaries)) },
      instants: { of: atRandom.length, ...(await takeAll(workers, atRandom)) },
    };
  } finally {
    await closeAll();
  }
}

/** Ends every process that the restores have left: `pulumi` has a session of its own, and plugins outlive it. */
async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((own) => own.close()));
}

/** SIGTERM: the restores under way are judged, and the figures printed. SIGINT: they and the lab end at once. */
function endOnSignals(name: string): void {
  process.once("SIGTERM", () => {
    say("ending when the restores under way are judged");
    stopped = true;
  });
  let ending = false;
  process.on("SIGINT", () => {
    // A terminal, npm and tsx each pass it on: the second one must not end what ends the lab.
    if (ending) return;
    ending = true;
    say("interrupted: ending the lab");
    stopped = true;
    void closeAll()
      .finally(() => endLab(name))
      .finally(() => process.exit(130));
  });
}

async function run(options: Options): Promise<void> {
  const name = `faults${process.pid}`;
  const { members, seed } = options;
  endOnSignals(name);
  try {
    const results = await play(await startLab({ name, workers: members, members, log: say }), options);
    process.stdout.write(`${JSON.stringify({ members, seed, ...results })}\n`);
    const well = Object.values(results).every(
      ({ of, lost, restored, previous, unreached }) => lost === 0 && restored + previous + unreached === of,
    );
    process.exitCode = well ? 0 : 1;
  } finally {
    await endLab(name);
  }
}

new Command("test:faults")
  .description(
    "kill restores at every step's boundaries, let them meet faults at random requests, recover, and judge what is there",
  )
  .addOption(
    new Option(
      "--boundaries <ways>",
      "ways out from each boundary: every kind, one in turn, or no boundaries",
    )
      .choices(["every", "in-turn", "none"])
      .default("every"),
  )
  .option("--instants <n>", "how many random instants", Number, 200)
  .option("--seed <n>", "equal seeds, equal instants", Number, 1)
  .option("--members <n>", "members of each user cluster: 1 or 3", Number, 1)
  .option("--clusters <n>", "user clusters of the lab that are worked on side by side", Number, 2)
  .action(run)
  .parseAsync()
  .catch((error: Error) => {
    say(error.message);
    process.exitCode = 1;
  });
