import { Command, Option } from "commander";
import { endLab, type Lab, startLab } from "../../lab/index";
import { Stopwatch } from "../../lab/progress";
import { HostedRestorable } from "./hostedRestorable";
import { boundaries, type Instant, randomInstants, type Ways } from "./instants";
import { Interruptions } from "./interruptions";
import { NodesRestorable } from "./nodesRestorable";
import type { Outcome } from "./outcome";
import type { Restorable } from "./restorable";

interface Options {
  readonly substrate: "hosted" | "nodes";
  readonly boundaries: Ways | "none";
  readonly instants: number;
  readonly seed: number;
  readonly members: 1 | 3;
  readonly clusters: number;
  readonly skip: number;
}

type Tally = Record<Outcome, number>;
interface Length {
  readonly of: number;
  /** How many an earlier run has judged. */
  readonly skipped: number;
}

const clock = new Stopwatch();
let stopped = false;
/** Those with programs that may run. */
const opened: Restorable[] = [];
const say = (line: string) => process.stderr.write(`[${clock}] ${line}\n`);
/** The control planes of the lab that are worked on side by side. */
async function openAll(lab: Lab, { substrate, clusters, members }: Options): Promise<readonly Restorable[]> {
  if (substrate === "nodes")
    return [await NodesRestorable.open(lab, members === 1 ? "gdc-admin" : "kubeadm")];
  for (let n = 2; n <= clusters; n += 1) await lab.addUserCluster({ name: `uc${n}`, members });
  return Promise.all(lab.userClusters.map(({ name }) => HostedRestorable.open(lab, name)));
}

/** The lab's options by where members live. */
function labOf({ substrate, members }: Options) {
  if (substrate === "hosted") return { workers: members, members } as const;
  return { shape: members === 1 ? "admin" : "kubeadm" } as const;
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
async function takeAll(
  workers: readonly Interruptions[],
  instants: readonly Instant[],
  skip: number,
): Promise<Tally & Length> {
  const skipped = Math.min(skip, instants.length);
  const tally: Tally = { restored: 0, previous: 0, lost: 0, failed: 0, unreached: 0 };
  let next = skipped;
  const work = async (interruptions: Interruptions) => {
    while (next < instants.length && tally.lost === 0 && !stopped) {
      next += 1;
      const number = next;
      const instant = instants[number - 1] as Instant;
      const title = `${number}/${instants.length}: ${instant.name}, then ${instant.recovery}`;
      const outcome = await reached(interruptions, instant, (line) => say(`${title}: ${line}`));
      // What was stopped with the run is no verdict.
      if (stopped && outcome !== "restored" && outcome !== "previous") return;
      tally[outcome] += 1;
      say(`${title}: ${outcome}`);
    }
  };
  await Promise.all(workers.map(work));
  return { of: instants.length - skipped, skipped, ...tally };
}

async function play(lab: Lab, options: Options): Promise<Record<string, Tally & Length>> {
  try {
    opened.push(...(await openAll(lab, options)));
    const workers = opened.map((control) => new Interruptions(control));
    const requests = (await workers[0]?.requests()) ?? [];
    say(`the steps of a restore make ${requests.length} requests; seed ${options.seed}`);
    const atBoundaries = options.boundaries === "none" ? [] : boundaries(requests, options.boundaries);
    const atRandom = randomInstants(requests, options.instants, options.seed, options.substrate === "nodes");
    return {
      boundaries: await takeAll(workers, atBoundaries, options.skip),
      instants: await takeAll(workers, atRandom, Math.max(0, options.skip - atBoundaries.length)),
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
  const { substrate, members, seed } = options;
  endOnSignals(name);
  try {
    const results = await play(await startLab({ name, ...labOf(options), log: say }), options);
    process.stdout.write(`${JSON.stringify({ substrate, members, seed, ...results })}\n`);
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
    new Option("--substrate <where>", "user clusters as Pods, or a control plane of machines")
      .choices(["hosted", "nodes"])
      .default("hosted"),
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
  .option("--members <n>", "members of each control plane: 1 or 3", Number, 1)
  .option("--clusters <n>", "user clusters of the lab that are worked on side by side", Number, 2)
  .option(
    "--skip <n>",
    "how many of the boundaries, and then of the random instants, an earlier run has judged",
    Number,
    0,
  )
  .action(run)
  .parseAsync()
  .catch((error: Error) => {
    say(error.message);
    process.exitCode = 1;
  });
