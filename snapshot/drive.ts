import type { Progress } from "./scan";

/** The event loop gets a turn at least this often while a snapshot is read asynchronously. */
const TURN_MS = 40;

/** Runs steps to their end on the calling thread. */
export function driveSync<T>(steps: Generator<Progress, T>): T {
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

/** Runs steps in slices between which timers, progress and signals are served. */
export async function drive<T>(
  steps: Generator<Progress, T>,
  onProgress?: (progress: Progress) => void,
): Promise<T> {
  for (let turnEnds = Date.now() + TURN_MS; ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (Date.now() < turnEnds) continue;
    onProgress?.(step.value);
    await new Promise((resolve) => setImmediate(resolve));
    turnEnds = Date.now() + TURN_MS;
  }
}
