import { writeFileSync } from "node:fs";
import type { FaultAction, FaultFiles } from "./faultFiles";

export type { FaultAction };

/**
 * Arms faults at numbered requests, whoever carries the requests. What {@link arm}, {@link disarm}, {@link release} and
 * {@link aim} say is in force when they return.
 */
export class FaultSwitch {
  /** Ids of the last rule, and of the last one whose request waits to be released. */
  private rule = 0;
  private lateRule = 0;

  protected constructor(protected readonly files: FaultFiles) {}

  /** Arms one fault: at the `count`-th request (from 1) whose line, "STEP: TEXT", matches the shell pattern. */
  arm(action: FaultAction, pattern: string, count = 1): void {
    this.disarm();
    this.rule += 1;
    if (action === "kill-late" || action === "power") this.lateRule = this.rule;
    this.files.rule = { id: this.rule, action, pattern, count };
  }

  /** No further request meets a fault. One that is hung or late already stays so. */
  disarm(): void {
    this.files.rule = undefined;
    this.files.forgetCalls();
  }

  /** Lets the request of the last `kill-late` or `power` go; a minute later it never does. */
  release(): void {
    this.files.mark("released", this.lateRule);
  }

  /** Whether the instant of the rule that was armed last has come. */
  get struck(): boolean {
    return this.files.isMarked("struck", this.rule);
  }

  /** Names the process that `kill` ends. */
  aim(pid: number): void {
    this.files.victim = pid;
  }

  /** Gives `unplug` its program: a shell script's body. */
  unplugBy(body: string): void {
    writeFileSync(this.files.unplug, `${body}\n`);
  }

  /** Every request of a step since the last arm or disarm, as "STEP: TEXT". */
  calls(): string[] {
    return this.files.calls;
  }
}
