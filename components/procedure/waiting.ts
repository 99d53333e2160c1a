/** How long something is waited for, and how often it is asked for, in seconds. */
export interface Patience {
  readonly seconds: number;
  readonly every: number;
}

export interface Waited {
  /** Whether it came while it was waited for. */
  readonly done: boolean;
  /** Why the last question had no answer; undefined when it had one. Not answered is never taken for yes. */
  readonly unasked?: string;
}

export const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Asks until the answer is yes, at least once. A question that fails is asked again. The time is that of a clock that nobody
 * sets: this machine's may be set back by hours meanwhile.
 */
export async function waitUntil(
  question: () => Promise<boolean>,
  { seconds, every }: Patience,
): Promise<Waited> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    let unasked: string | undefined;
    try {
      if (await question()) return { done: true };
    } catch (cause) {
      unasked = messageOf(cause);
    }
    if (performance.now() >= end) return unasked === undefined ? { done: false } : { done: false, unasked };
    await pause(every);
  }
}

/** Waits for all of them, also after one has failed; then fails as the first of the list that did. */
export async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(work);
  return ended.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
}

/** A longest time in seconds; an environment variable may say another one. */
export function secondsOf(
  knob:
    | "GONE_SECONDS"
    | "START_SECONDS"
    | "HASH_SECONDS"
    | "STATUS_SECONDS"
    | "LEASE_SECONDS"
    | "HOSTED_SECONDS",
  otherwise: number,
): number {
  const said = Number(process.env[knob]);
  return said > 0 ? said : otherwise;
}

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
