import { Command, InvalidArgumentError, Option } from "commander";
import type { ExecaError } from "execa";
import { UserError } from "../components/errors";
import { endLab } from "./down";
import { shellExports } from "./env";
import { type Lab, type LabOptions, type LabShape, openLab, startLab } from "./index";
import { Stopwatch } from "./progress";
import { shapes } from "./shapes";
import { describeLab } from "./status";

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(text);

/** Options of `up` as commander hands them over. */
interface UpOptions {
  readonly name: string;
  readonly shape: LabShape;
  readonly etcdMount?: boolean;
  readonly cluster?: string;
  readonly workers?: 0 | 1 | 2 | 3;
  readonly members?: 1 | 3;
  readonly apiservers?: number;
  readonly pdb: boolean;
}

function oneOf<T extends number>(...allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const value = allowed.find((candidate) => String(candidate) === text);
    if (value === undefined) {
      throw new InvalidArgumentError(`Choose ${allowed.join(" or ")}.`);
    }
    return value;
  };
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError("Give a whole number above 0.");
  }
  return value;
}

function memberList(text: string): readonly number[] | "all" {
  const ordinals = text.split(",").map(Number);
  if (text !== "all" && ordinals.some((ordinal) => !Number.isInteger(ordinal) || ordinal < 0)) {
    throw new InvalidArgumentError("Give ordinals such as 0,1 or the word all.");
  }
  return text === "all" ? "all" : ordinals;
}

async function up(options: UpOptions): Promise<void> {
  const running = await wholeLab(options.name);
  if (running !== undefined) {
    const what = `lab ${running.name} (${running.shape}) is up already`;
    log(`${what}; for a new one: npm run lab -- down --name ${running.name}`);
    return;
  }
  const wanted: LabOptions = { ...options, log };
  const lab = await startLab(wanted);
  log(
    `\nNext: eval "$(npm run -s lab -- env${lab.name === "lab" ? "" : ` --name ${lab.name}`})"; kubectl get pods -A`,
  );
}

/** A lab that runs with all its machines; one that lost a machine is started anew. */
async function wholeLab(name: string): Promise<Lab | undefined> {
  const lab = await openLab(name).catch((error: unknown) => {
    if (error instanceof UserError) {
      return undefined;
    }
    throw error;
  });
  return lab?.runningMachines.length === lab?.machines.length ? lab : undefined;
}

async function env(options: { name: string }): Promise<void> {
  const lab = await openLab(options.name);
  print(shellExports(await lab.env(), process.env.PATH ?? ""));
}

async function run(argv: readonly string[], options: { name: string }): Promise<void> {
  const lab = await openLab(options.name);
  const result = await lab.run(argv, { env: await lab.env(), stdio: "inherit", reject: false });
  process.exitCode = result.exitCode ?? 1;
}

async function load(options: {
  name: string;
  cluster?: string;
  objects: number;
  seed: number;
}): Promise<void> {
  const lab = await openLab(options.name);
  const report = await lab.load(options);
  const kinds = Object.entries(report.byKind).map(([kind, number]) => `${number} ${kind}`);
  log(`wrote ${report.objects} objects in ${report.seconds.toFixed(1)} s: ${kinds.join(", ")}`);
}

async function damage(options: {
  name: string;
  cluster?: string;
  members: readonly number[] | "all";
}): Promise<void> {
  const lab = await openLab(options.name);
  await lab.damage(options);
  const which = options.members === "all" ? "all members" : `members ${options.members.join(", ")}`;
  log(`the data of ${which} is garbage now, and their etcd does not start any more`);
}

async function down(options: { name: string }): Promise<void> {
  const watch = new Stopwatch();
  await endLab(options.name, log);
  log(`lab ${options.name} is gone after ${watch}`);
}

function makeProgram(): Command {
  const program = new Command("npm run lab --");
  program.description(
    "The local lab: real Kubernetes and real etcd on simulated machines, nothing outside this host.",
  );
  const command = (name: string, description: string) =>
    program.command(name).description(description).option("--name <lab>", "name of the lab", "lab");

  command("up", "start a lab; leftovers of an earlier one of the same name are removed first")
    .addOption(
      new Option("--shape <shape>", "what it consists of").choices(Object.keys(shapes)).default("hosted"),
    )
    .option("--etcd-mount", "the data directory of the control plane's etcd is a mount of its own")
    .option("--cluster <name>", "name of the user cluster (default: uc1)")
    .option("--workers <number>", "0 to 3 (default: 3 with the shape hosted, else 0)", oneOf(0, 1, 2, 3))
    .option("--members <number>", "etcd members of the user cluster: 1 or 3", oneOf<1 | 3>(1, 3))
    .option("--apiservers <number>", "API servers of the user cluster (default: as many as members)", count)
    .option("--no-pdb", "without the PodDisruptionBudget kube-apiserver-pdb")
    .action(up);
  command("status", "say what runs").action(async ({ name }) =>
    print(await describeLab(await openLab(name))),
  );
  command("env", 'print shell exports; use as: eval "$(npm run -s lab -- env)"').action(env);
  command("run", "run a program of this host in the workstation's network, with that environment")
    .argument("<program...>", "program and its arguments, after --")
    .action(run);
  command("load", "fill the user cluster, or the only one, with objects of many kinds")
    .requiredOption("--objects <number>", "how many", count)
    .option("--cluster <name>", "user cluster (default: the first)")
    .option("--seed <number>", "equal seeds write equal objects", count, 1)
    .action(load);
  command("damage", "overwrite members' data on their disks while they run")
    .option("--cluster <name>", "user cluster (default: the first)")
    .option("--members <list>", "ordinals such as 0,1 or all", memberList, [0, 1])
    .action(damage);
  command("down", "end a lab and remove all that it made, also after a crash").action(down);
  return program;
}

/** A mistake as one line, a command that failed with what it said, anything else with its stack: that is our fault. */
function explain(error: unknown): string {
  if (error instanceof UserError) {
    return `error: ${error.message}`;
  }
  const { shortMessage, stderr, stack } = error as Partial<ExecaError> & { stack?: string };
  return shortMessage === undefined ? (stack ?? String(error)) : `error: ${shortMessage}\n${stderr ?? ""}`;
}

makeProgram()
  .parseAsync()
  .catch((error: unknown) => {
    log(explain(error));
    process.exitCode = 1;
  });
