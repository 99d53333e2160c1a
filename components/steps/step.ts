import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { launcher } from "./launcher";

/** What {@link step} needs to know. */
export interface StepArgs {
  /** Name of the act that the package's step program runs. */
  readonly step: string;
  /** Its arguments, a plain JSON value with a format version; never a secret, since they are shown in diffs. */
  readonly arguments: pulumi.Input<object>;
  /** A changed value runs the step again; nothing else does. */
  readonly triggers: pulumi.Input<pulumi.Input<string>[]>;
  /** What it reads from standard input: secrets. Default: nothing. */
  readonly stdin?: pulumi.Input<string | undefined>;
  /** Longest time of the whole step. Each wait inside has a shorter one. */
  readonly minutes: number;
  /** Whether the resource's deletion runs the act `undo`. Only the guard's does (docs/explanation/laws.md). */
  readonly undo?: boolean;
  /** Whether a changed input that leads to another cluster is refused: of the first steps, which all others wait for. */
  readonly sited?: boolean;
}

/** What a step says of itself; empty where it says nothing, or was not run yet. */
export type StepResult = Readonly<Record<string, unknown>>;

const run = (act: string) => `exec /bin/sh -c "$ETCD_RECOVERY" etcd-recovery ${act}`;

/**
 * One step of an operation: a command that runs the package's step program once for each value of its triggers.
 *
 * - A changed trigger replaces, and so runs, the step. `update` prints the previous output: any other change of an input
 *   would run `create` again. Of a sited step it fails where the arguments lead elsewhere now: the state keeps the old ones.
 * - What finds the program lies in the environment, not in the command: the command is part of every error message. No
 *   path of the package is recorded.
 * - Standard output is the step's result, one JSON value; standard error is its account, which is logged as it comes.
 */
export function step(name: string, args: StepArgs, opts: pulumi.CustomResourceOptions): local.Command {
  const { undo = false, sited = false } = args;
  const minutes = `${args.minutes}m`;
  return new local.Command(
    name,
    {
      create: run(args.step),
      update: sited ? run("keep") : 'printf %s "$PULUMI_COMMAND_STDOUT"',
      ...(undo ? { delete: run("undo") } : {}),
      triggers: args.triggers,
      ...(args.stdin === undefined ? {} : { stdin: args.stdin as pulumi.Input<string> }),
      logging: "stderr",
      environment: {
        ETCD_RECOVERY: launcher,
        ETCD_RECOVERY_ARGUMENTS: pulumi.output(args.arguments).apply((value) => JSON.stringify(value)),
      },
    },
    { ...opts, customTimeouts: { create: minutes, ...(undo ? { delete: minutes } : {}) } },
  );
}

/** The result of a step, as it is known; of one that was not run (`--target`) it is empty. No secret, whatever it read. */
export function resultOf({ stdout }: Pick<local.Command, "stdout">): pulumi.Output<StepResult> {
  return pulumi.unsecret(pulumi.output(stdout as pulumi.Output<string | undefined>)).apply(parseResult);
}

/** @param text standard output of a step; undefined, or empty, of one that was not run */
export function parseResult(text: string | undefined): StepResult {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as StepResult) : {};
  } catch {
    return formerResult(text ?? "");
  }
}

/** An older program's preflight printed lines; where its utility Pods are pinned, they stay. */
function formerResult(text: string): StepResult {
  const pins = [...text.matchAll(/^node (\S+) (\S+)$/gm)].map(([, member = "", node = ""]) => [member, node]);
  const nodes = pins.filter(([, node]) => node !== "any");
  return nodes.length === 0 ? {} : { nodes: Object.fromEntries(nodes) };
}
