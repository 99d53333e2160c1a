import { spawn } from "node:child_process";
import { once } from "node:events";

/** One thing to measure. */
export interface Task {
  readonly name: string;
  run(): Promise<void>;
}

/** Runs all tasks in turn, `rounds` times, after one round that does not count. Answers the median seconds of each. */
export async function medians(
  tasks: readonly Task[],
  rounds: number,
  say: (line: string) => void,
): Promise<Record<string, number>> {
  const seconds = new Map(tasks.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const task of tasks) {
      const begun = performance.now();
      await task.run();
      const took = (performance.now() - begun) / 1000;
      if (round > 0) seconds.get(task.name)?.push(took);
      say(`${round === 0 ? "warm-up" : `round ${round}`} ${task.name}: ${took.toFixed(2)} s`);
    }
  }
  return Object.fromEntries([...seconds].map(([name, values]) => [name, median(values)]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** Runs a program to its end. Throws when it fails. */
export async function run(argv: readonly string[]): Promise<void> {
  const [program = "", ...rest] = argv;
  const child = spawn(program, rest, { stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${argv.join(" ")}: exit code ${code}`);
}
