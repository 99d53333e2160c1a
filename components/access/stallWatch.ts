import { FailedError } from "../errors";

/** Notices that nothing has moved for a while. */
export class StallWatch {
  /** Fails when there was no progress for the time. */
  readonly stalled: Promise<never>;
  private readonly timer: NodeJS.Timeout;

  constructor(seconds: number) {
    let give: (error: Error) => void = () => undefined;
    this.stalled = new Promise((_, failed) => {
      give = failed;
    });
    this.stalled.catch(() => undefined);
    this.timer = setTimeout(() => {
      give(
        new FailedError(
          `The transfer has not moved for ${seconds} s.`,
          "Look at the connection and the Pod.",
        ),
      );
    }, seconds * 1000);
  }

  progress(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
