import { type Outage, outageOf, type Probe } from "./outage";

/** How often a {@link Prober} asks. */
export interface ProberOptions {
  /** Milliseconds between two requests. Default 50. */
  readonly intervalMs?: number;
}

/**
 * Asks again and again whether the cluster answers. Requests overlap: one that hangs until its time limit does not
 * keep the next from being sent.
 */
export class Prober {
  readonly #ask: () => Promise<boolean>;
  readonly #intervalMs: number;
  readonly #probes: Probe[] = [];
  readonly #pending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  /** @param ask one request with a time limit of its own; resolves to whether it was answered, never rejects */
  constructor(ask: () => Promise<boolean>, options: ProberOptions = {}) {
    this.#ask = ask;
    this.#intervalMs = options.intervalMs ?? 50;
  }

  /** Starts to ask; resolves with the first answer, so that a series never begins in an outage. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => this.#send(), this.#intervalMs);
    await this.answerAfter(performance.now());
  }

  /** Resolves when a request that was sent after this moment has been answered. */
  async answerAfter(moment: number): Promise<void> {
    while (!this.#probes.some((probe) => probe.answered && probe.sentAt >= moment)) {
      await new Promise((resolve) => setTimeout(resolve, this.#intervalMs));
    }
  }

  /** Stops and says what was seen. */
  async stop(): Promise<Outage> {
    this.end();
    await Promise.all(this.#pending);
    return outageOf(this.#probes);
  }

  /** Stops without an answer, for when something else failed. */
  end(): void {
    clearInterval(this.#timer);
  }

  #send(): void {
    const sentAt = performance.now();
    const pending = this.#ask().then((answered) => {
      this.#probes.push({ sentAt, endedAt: performance.now(), answered });
      this.#pending.delete(pending);
    });
    this.#pending.add(pending);
  }
}
