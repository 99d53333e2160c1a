/** Receives one line of progress at a time. */
export type Log = (line: string) => void;

/** Time since its making, as text for progress lines. */
export class Stopwatch {
  readonly #started = performance.now();

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  toString(): string {
    return formatSeconds(this.seconds);
  }
}

/** "8.4 s" below a minute, "2 min 05 s" above. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** Runs `work` and prints a line every `everySeconds` until it settles, so that a long step is seen to live. */
export async function withHeartbeat<T>(
  log: Log,
  line: () => string,
  work: Promise<T>,
  everySeconds = 15,
): Promise<T> {
  const timer = setInterval(() => log(line()), everySeconds * 1000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
