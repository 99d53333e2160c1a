import { local } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** Names and values that a step's script reads; never a secret, since they are shown in diffs. */
export type Environment = Readonly<Record<string, pulumi.Input<string>>>;

/** What {@link step} needs to know. */
export interface StepArgs {
  /** POSIX sh; run twice, the second run finds its mark and does nothing. */
  readonly script: string;
  readonly environment: Environment;
  /** The operation's id. A new id runs the step again; nothing else does. */
  readonly operation: string;
  /** Longest time of the whole step, e.g. "10m". Each wait inside the script has a shorter one. */
  readonly timeout: string;
  /** Run when the resource is deleted. Only the guard has one (docs/explanation/laws.md). */
  readonly undo?: string;
}

const runScript = (variable: string, role: string) => `exec /bin/sh -c "$${variable}" ${role}`;

/**
 * One step of an operation: a command that runs once for each operation id.
 *
 * - `triggers` is the id: a changed id replaces, and so runs, the step.
 * - `update` prints the previous output: any other change of an input would run `create` again.
 * - The script lies in the environment, not in the command: the command is part of every error message.
 * - Standard output is the step's result, standard error its account, which is logged as it comes.
 */
export function step(name: string, args: StepArgs, opts: pulumi.CustomResourceOptions): local.Command {
  return new local.Command(
    name,
    {
      create: runScript("ETCD_RECOVERY_STEP", name),
      update: 'printf %s "$PULUMI_COMMAND_STDOUT"',
      ...(args.undo === undefined ? {} : { delete: runScript("ETCD_RECOVERY_UNDO", `${name}-undo`) }),
      triggers: [args.operation],
      logging: "stderr",
      environment: {
        ...args.environment,
        ETCD_RECOVERY_STEP: args.script,
        ...(args.undo === undefined ? {} : { ETCD_RECOVERY_UNDO: args.undo }),
      },
    },
    { ...opts, customTimeouts: { create: args.timeout, update: "2m", delete: args.timeout } },
  );
}

/** The value of the line that begins with `name` in a step's result; undefined when there is none. */
export function factOf(result: string, name: string): string | undefined {
  return factsOf(result, name)[0];
}

/** The values of all lines that begin with `name` in a step's result. */
export function factsOf(result: string, name: string): string[] {
  const lines = result.split("\n").filter((candidate) => candidate.startsWith(`${name} `));
  return lines.map((line) => line.slice(name.length + 1));
}
