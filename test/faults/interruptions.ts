import { setTimeout as sleep } from "node:timers/promises";
import type { PulumiRun } from "../support/labStack";
import type { Instant } from "./instants";
import { judge, type Outcome } from "./outcome";
import { recover } from "./recovery";
import type { Restorable } from "./restorable";

/** A late request, and what the same part of a killed step does next, has taken effect by then. */
const settlingMilliseconds = 3000;

/** A run did not get through, and no fault had met it. */
class FailedByItself extends Error {}

/** Restores of one control plane, one after the other, each with a fault at an instant, recovered, and judged. */
export class Interruptions {
  private count = 0;

  constructor(private readonly control: Restorable) {}

  /** One restore without a fault. @returns the requests of its steps: its instants */
  async requests(): Promise<readonly string[]> {
    await this.prepare();
    await this.control.done("up", "--yes", "--skip-preview");
    return this.control.faults.calls();
  }

  /** Never throws: a way out that fails is a loss, and `say` learns why. */
  async interrupt(instant: Instant, say: (line: string) => void): Promise<Outcome> {
    let at = "before the restore";
    let outcome: Outcome = "lost";
    try {
      const id = await this.prepare();
      const found = await this.control.situation();
      at = "after the fault";
      const run = await this.meet(instant);
      if (run === undefined) return "unreached";
      const wanted = await this.wayOut(instant, id, run);
      const reached = judge(found, await this.control.situation());
      if (wanted.includes(reached)) return reached;
      say(`wanted ${wanted.join(" or ")}, found ${reached}`);
    } catch (error) {
      if (error instanceof FailedByItself) outcome = "failed";
      say(`${at}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await this.control.endProcesses();
    }
    say(await this.control.evidence());
    if (outcome === "failed") await this.control.done("destroy", "--yes", "--skip-preview");
    return outcome;
  }

  /**
   * A restore that meets the fault. @returns undefined when it made fewer requests than the counted one: nothing was
   * interrupted. @throws Error when it failed all the same
   */
  private async meet(instant: Instant): Promise<PulumiRun | undefined> {
    const { faults } = this.control;
    faults.arm(instant.action, instant.pattern, instant.count);
    const running = this.control.pulumi("up", "--yes", "--skip-preview");
    await this.withoutPower(instant, running);
    const run = await running;
    const { struck } = faults;
    faults.disarm();
    if (struck) return run;
    if (run.exitCode === 0) return undefined;
    throw new FailedByItself(`the run failed without a fault:\n${run.screen}`);
  }

  /** Takes a machine's power at the instant, and gives it back when the run has ended for it. */
  private async withoutPower({ action, power }: Instant, running: Promise<PulumiRun>): Promise<void> {
    if (action !== "power" || power === undefined) return;
    const machine = this.control.machines[power % this.control.machines.length];
    let ended = false;
    void running.finally(() => {
      ended = true;
    });
    while (!ended && !this.control.faults.struck) await sleep(50);
    if (ended || machine === undefined) return;
    await this.control.powerOff(machine);
    this.control.faults.release();
    await running;
    await this.control.powerOn(machine);
  }

  /** @returns which data may be there then; a late request may have decided for the other one, as a whole */
  private async wayOut(instant: Instant, id: string, run: PulumiRun): Promise<readonly Outcome[]> {
    const arrival = this.arrival(instant);
    try {
      // What was asked again, or was not needed, is no end of the run.
      if (run.exitCode === 0) return ["restored"];
      const killed = run.exitCode === undefined;
      const wanted = await recover(this.control, instant.recovery, id, killed);
      return instant.lateSeconds === undefined ? [wanted] : ["restored", "previous"];
    } finally {
      await arrival;
    }
  }

  /** Lets a late request go when its time has come, whether the way out is over or not. */
  private async arrival({ lateSeconds }: Instant): Promise<void> {
    if (lateSeconds === undefined) return;
    await sleep(lateSeconds * 1000);
    this.control.faults.release();
    await sleep(settlingMilliseconds);
  }

  private async prepare(): Promise<string> {
    this.control.faults.disarm();
    await this.control.remove("after");
    await this.control.put("after");
    this.count += 1;
    const id = `f${this.count}`;
    await this.control.restoreStack(id);
    return id;
  }
}
