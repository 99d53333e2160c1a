/** Longest times of what the volumes wait for, in seconds; and how often they look. */
export interface Timings {
  /** A utility Pod that Pulumi made, until it runs. */
  readonly start: number;
  /** How long what it says may look like something that does not mend itself. */
  readonly trouble: number;
  /** A utility Pod that is made anew, until it runs. */
  readonly revive: number;
  /** How long its node may say nothing of it, or have no place for it. */
  readonly node: number;
  /** A script that copies or restores. */
  readonly script: number;
  /** A script that only looks and renames; it may wait two minutes for the volume's lock. */
  readonly quick: number;
  /** A Pod whose answer was cut, until it is seen to have ended. */
  readonly end: number;
  /** A transfer without progress. */
  readonly stall: number;
  /** Pods that were asked to end, and then again after they were deleted. */
  readonly release: number;
  /** Objects that were deleted. */
  readonly leftOvers: number;
  readonly pollMs: number;
}

/** As this machine's environment has them. */
export function timings(environment: NodeJS.ProcessEnv = process.env): Timings {
  const seconds = (name: string, usual: number) => {
    const set = Number(environment[name]);
    return Number.isFinite(set) && set > 0 ? set : usual;
  };
  return {
    start: seconds("UTILITY_SECONDS_TO_START", 300),
    trouble: seconds("UTILITY_TROUBLE_SECONDS", 60),
    revive: 120,
    node: 30,
    script: seconds("UTILITY_SECONDS", 900),
    quick: seconds("UTILITY_SECONDS", 180),
    end: 5,
    stall: seconds("TRANSFER_STALL_SECONDS", 120),
    release: 60,
    leftOvers: seconds("LEFTOVER_SECONDS", 30),
    pollMs: 150,
  };
}

/** Asks until it is so, or the time is over. @returns whether it became so */
export async function poll(seconds: number, everyMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  for (const end = performance.now() + seconds * 1000; ; ) {
    if (await isSo()) return true;
    if (performance.now() >= end) return false;
    await pause(everyMs);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
