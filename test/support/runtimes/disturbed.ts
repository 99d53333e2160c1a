import { expect } from "vitest";
import type { BareMachine } from "./bareMachine";
import type { MachineScriptRuns } from "./machineScriptRuns";

/** Directory of the machine for programs in the place of others. */
export const stubDirectory = "/var/lib/local/stubs";

/** Puts shell text before programs of the machine, which run behind it. */
export async function stubs(bare: BareMachine, before: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(before)) {
    const program = await bare.run(["sh", "-c", `command -v ${name}`]);
    const whole = `#!/bin/sh\n${text}\nexec ${program} "$@"\n`;
    await bare.machine.writeFile(`${stubDirectory}/${name}`, whole, 0o755);
  }
}

/** Does something while a daemon of the machine hangs. */
export async function whileStopped(
  bare: BareMachine,
  program: string,
  work: () => Promise<void>,
): Promise<void> {
  const hanging = await bare.processesOf(program);
  expect(hanging.length).toBeGreaterThan(0);
  for (const pid of hanging) process.kill(pid, "SIGSTOP");
  try {
    await work();
  } finally {
    for (const pid of hanging) process.kill(pid, "SIGCONT");
  }
}

/** Scripts that ask what runs, with what each is given. */
const questions = [
  ["status", "etcd.yaml", "etcd", "-", "-"],
  ["end", "etcd.yaml", "-", "etcd"],
  ["etcdctl", "5", "etcd", "endpoint", "health"],
  ["find-tool", "etcd", "image"],
  ["end-seed", "0"],
] as const;

/** An operation waits 90 s for one of these scripts (components/nodes/nodesContext.ts). */
const MOST_SECONDS = 90;

/** Asks a runtime that hangs by each script that asks it, at the same time: each fails for `reason`, and in time. */
export async function everyQuestionFails(scripts: MachineScriptRuns, reason: RegExp): Promise<void> {
  const ran = await Promise.all(
    questions.map(async ([name, ...argv]) => ({ name, ...(await scripts.run(name, argv)) })),
  );
  for (const { name, code, stdout, stderr, seconds } of ran) {
    expect({ name, code }).toEqual({ name, code: 1 });
    expect(stdout).not.toMatch(/^(instance|ended|tool)/m);
    expect(stderr).toMatch(reason);
    expect(seconds, name).toBeLessThan(MOST_SECONDS);
  }
}
