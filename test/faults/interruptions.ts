import { setTimeout as sleep } from "node:timers/promises";
import type { LabStacks, PulumiRun } from "../support/labStack";
import type { Instant } from "./instants";
import type { MarkedCluster, Outcome } from "./outcome";
import { recover } from "./recovery";

/** A late request, and what the same part of a killed step does next, has taken effect by then. */
const settlingMilliseconds = 3000;

/** Restores of one user cluster, one after the other, each with a fault at an instant, recovered, and judged. */
export class Interruptions {
  private count = 0;

  /** @param settings of every restore: the snapshot, and the reason that a living quorum demands */
  constructor(
    private readonly stacks: LabStacks,
    private readonly cluster: MarkedCluster,
    private readonly settings: Record<string, string>,
  ) {}

  /** One restore without a fault. @returns the requests of its steps: its instants */
  async requests(): Promise<readonly string[]> {
    await this.prepare();
    await this.stacks.done("up", "--yes", "--skip-preview");
    return this.stacks.faults.calls();
  }

  /** Never throws: a way out that fails is a loss, and `say` learns why. */
  async interrupt(instant: Instant, say: (line: string) => void): Promise<Outcome> {
    let at = "before the restore";
    try {
      const id = await this.prepare();
      const found = await this.cluster.situation();
      at = "after the fault";
      const run = await this.meet(instant);
      if (run === undefined) return "unreached";
      const wanted = await this.wayOut(instant, id, run);
      const outcome = this.cluster.judge(found, await this.cluster.situation());
      if (wanted.includes(outcome)) return outcome;
      say(`wanted ${wanted.join(" or ")}, found ${outcome}`);
    } catch (error) {
      say(`${at}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await this.stacks.endProcesses();
    }
    say(await this.evidence());
    return "lost";
  }

  /**
   * A restore that meets the fault. @returns undefined when it made fewer requests than the counted one: nothing was
   * interrupted. @throws Error when it failed all the same
   */
  private async meet({ action, pattern, count }: Instant): Promise<PulumiRun | undefined> {
    const { faults } = this.stacks;
    faults.arm(action, pattern, count);
    const run = await this.stacks.pulumi("up", "--yes", "--skip-preview");
    const { struck } = faults;
    faults.disarm();
    if (struck) return run;
    if (run.exitCode === 0) return undefined;
    throw new Error(`the run failed without a fault:\n${run.screen}`);
  }

  /** @returns which data may be there then; a late request may have decided for the other one, as a whole */
  private async wayOut(instant: Instant, id: string, run: PulumiRun): Promise<readonly Outcome[]> {
    const arrival = this.arrival(instant);
    try {
      // What was asked again, or was not needed, is no end of the run.
      if (run.exitCode === 0) return ["restored"];
      const killed = run.exitCode === undefined;
      const wanted = await recover(this.stacks, instant.recovery, id, this.settings, killed);
      return instant.lateSeconds === undefined ? [wanted] : ["restored", "previous"];
    } finally {
      await arrival;
    }
  }

  /** Lets a late request go when its time has come, whether the way out is over or not. */
  private async arrival({ lateSeconds }: Instant): Promise<void> {
    if (lateSeconds === undefined) return;
    await sleep(lateSeconds * 1000);
    this.stacks.faults.release();
    await sleep(settlingMilliseconds);
  }

  /** What runs, and how far the ledger says that the restore came: the lab is gone when somebody reads it. */
  private async evidence(): Promise<string> {
    const { lab, cluster } = this.stacks;
    const ask = async (...argv: string[]) =>
      (await lab.kubectl(["-n", cluster.name, "get", ...argv], { all: true, reject: false })).all ?? "";
    const workloads = await ask("statefulsets,deployments,pods", "-o", "wide");
    const times =
      'go-template={{range $field, $value := .data}}{{$field}} {{printf "%.80s" $value}}{{"\\n"}}{{end}}';
    return `${workloads}\n${await ask("configmap", "etcd-recovery", "-o", times)}`;
  }

  private async prepare(): Promise<string> {
    this.stacks.faults.disarm();
    await this.cluster.remove("after");
    await this.cluster.put("after");
    this.count += 1;
    const id = `f${this.count}`;
    await this.stacks.restoreStack(id, this.settings);
    return id;
  }
}
