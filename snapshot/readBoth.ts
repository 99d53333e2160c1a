import { Beside } from "./file/beside";
import { type ReadOptions, ReadSnapshot, readSnapshot } from "./readSnapshot";
import type { Progress } from "./scan";
import type { Problem } from "./verdict";

/**
 * Opens, unpacks and verifies two snapshots side by side: while a window of one is parsed here, a thread of its own
 * reads and hashes the other. Windows of the same place are compared before they are parsed. Both must be closed; of two
 * problems the first file's is told.
 */
export function* readBoth(
  before: string,
  after: string,
  options: ReadOptions,
): Generator<Progress, readonly [ReadSnapshot, ReadSnapshot] | Problem> {
  const [first, second] = [new Reading(before, options), new Reading(after, options)];
  let isDone = false;
  try {
    while (!first.isDone || !second.isDone) {
      stepBoth(first, second);
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
    if (!isDone) for (const reading of [first, second]) reading.abandon();
  }
}

/** Neither runs ahead of the other: one that is still being unpacked is waited for. */
function stepBoth(first: Reading, second: Reading): void {
  const [a, b] = [first.place, second.place];
  if (a === b) first.beside.compare(second.beside);
  if (a <= b) first.step();
  if (b <= a) second.step();
}

class Reading {
  result: ReadSnapshot | Problem | undefined;
  progress: Progress = { doneBytes: 0, totalBytes: 0 };
  readonly beside = new Beside();
  private readonly steps: Generator<Progress, ReadSnapshot | Problem>;

  constructor(path: string, options: ReadOptions) {
    this.steps = readSnapshot(path, options, { beside: this.beside });
  }

  get isDone(): boolean {
    return this.result !== undefined;
  }

  get problem(): Problem | undefined {
    return this.result instanceof ReadSnapshot ? undefined : this.result;
  }

  /** Where the window begins that is visited next; -1 before the first, endless after the last. */
  get place(): number {
    return this.isDone ? Number.POSITIVE_INFINITY : this.beside.position;
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
