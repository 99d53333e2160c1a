import { type ReadExtras, type ReadOptions, ReadSnapshot, readSnapshot } from "./readSnapshot";
import type { Progress } from "./scan";
import type { Problem } from "./verdict";

/**
 * Opens, unpacks and verifies two snapshots side by side: while a window of one is parsed here, a thread of its own
 * reads and hashes the other. Both must be closed; of two problems the first file's is told.
 */
export function* readBoth(
  before: string,
  after: string,
  options: ReadOptions,
  extras: ReadExtras,
): Generator<Progress, readonly [ReadSnapshot, ReadSnapshot] | Problem> {
  const readings = [before, after].map((path) => new Reading(readSnapshot(path, options, extras)));
  const [first, second] = readings as [Reading, Reading];
  let isDone = false;
  try {
    while (!first.isDone || !second.isDone) {
      for (const reading of readings) reading.step();
      if (first.problem !== undefined) return first.problem;
      if (first.isDone && second.problem !== undefined) return second.problem;
      yield {
        doneBytes: first.progress.doneBytes + second.progress.doneBytes,
        totalBytes: first.progress.totalBytes + second.progress.totalBytes,
      };
    }
    isDone = true;
    return [first.result as ReadSnapshot, second.result as ReadSnapshot];
  } finally {
    if (!isDone) for (const reading of readings) reading.abandon();
  }
}

class Reading {
  result: ReadSnapshot | Problem | undefined;
  progress: Progress = { doneBytes: 0, totalBytes: 0 };

  constructor(private readonly steps: Generator<Progress, ReadSnapshot | Problem>) {}

  get isDone(): boolean {
    return this.result !== undefined;
  }

  get problem(): Problem | undefined {
    return this.result instanceof ReadSnapshot ? undefined : this.result;
  }

  step(): void {
    if (this.isDone) return;
    const step = this.steps.next();
    if (step.done === true) this.result = step.value;
    else this.progress = step.value;
  }

  /** Closes what is open, wherever the reading is. */
  abandon(): void {
    this.steps.return(undefined as never);
    if (this.result instanceof ReadSnapshot) this.result.close();
  }
}
