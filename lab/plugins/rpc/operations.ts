import type { ServerUnaryCall } from "@grpc/grpc-js";
import type { EngineLog } from "./engineLog";
import type { OperationContext } from "./provider";

/** Aborts a running operation. */
interface Running {
  readonly controller: AbortController;
  readonly done: Promise<unknown>;
}

/** The operations that run now, so that they can be stopped together. */
export class Operations {
  readonly #running = new Set<Running>();

  constructor(private readonly log: EngineLog) {}

  /** Runs one operation; it is aborted when the engine hangs up or cancels. */
  async run<Request, Result>(
    call: ServerUnaryCall<Request, unknown>,
    urn: string,
    timeoutSeconds: number,
    work: (context: OperationContext) => Promise<Result>,
  ): Promise<Result> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    call.on("cancelled", abort);
    const done = work(this.#context(urn, timeoutSeconds, controller.signal));
    const running = { controller, done };
    this.#running.add(running);
    try {
      return await done;
    } finally {
      call.off("cancelled", abort);
      this.#running.delete(running);
      await this.log.flush();
    }
  }

  /** Aborts all that runs and waits until it has ended. */
  async cancel(): Promise<void> {
    const all = [...this.#running];
    for (const running of all) {
      running.controller.abort();
    }
    await Promise.allSettled(all.map((running) => running.done));
  }

  #context(urn: string, timeoutSeconds: number, signal: AbortSignal): OperationContext {
    return {
      urn,
      signal,
      timeoutSeconds,
      logStatus: (severity, message) => this.log.status(urn, severity, message),
    };
  }
}
