import { FailedError } from "../components/errors";

/** Ends a run that takes too long, or in which nothing moves. Must be ended. */
export class Watchdog {
  private readonly controller = new AbortController();
  private readonly deadline: NodeJS.Timeout;
  private stall: NodeJS.Timeout | undefined;
  private readonly onOuter: () => void;

  /** @param outer ends the run as well, for its own reason */
  constructor(
    private readonly limits: { readonly deadlineSeconds: number; readonly stallSeconds: number },
    private readonly outer?: AbortSignal,
  ) {
    const { deadlineSeconds } = limits;
    const late = () => this.#end(`not done within ${deadlineSeconds} s (deadlineSeconds)`);
    this.deadline = setTimeout(late, deadlineSeconds * 1000);
    this.onOuter = () => this.controller.abort(outer?.reason);
    outer?.addEventListener("abort", this.onOuter);
    if (outer?.aborted === true) this.onOuter();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** From now on something must move; the answer tells that it did. */
  watch(what: string): () => void {
    this.rest();
    const { stallSeconds } = this.limits;
    const stopped = () => this.#end(`${what}: nothing moved for ${stallSeconds} s (stallSeconds)`);
    this.stall = setTimeout(stopped, stallSeconds * 1000);
    return () => void this.stall?.refresh();
  }

  /** From now on nothing need move. */
  rest(): void {
    clearTimeout(this.stall);
    this.stall = undefined;
  }

  /** A step that cannot be ended is left behind when the run is. @throws the reason of the end */
  async within<T>(step: Promise<T>): Promise<T> {
    const { signal } = this;
    let onAbort = () => {};
    const ended = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort);
      if (signal.aborted) onAbort();
    });
    try {
      return await Promise.race([step, ended]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  end(): void {
    this.rest();
    clearTimeout(this.deadline);
    this.outer?.removeEventListener("abort", this.onOuter);
  }

  #end(why: string): void {
    this.controller.abort(
      new FailedError(`agent: ${why}.`, "Nothing was counted; the next run begins anew."),
    );
  }
}
