import type { LabStacks } from "../support/labStack";
import type { Instant } from "./instants";
import type { MarkedCluster, Outcome } from "./outcome";
import { recover } from "./recovery";

/** Restores of one user cluster, one after the other, each killed at an instant, recovered, and judged. */
export class Interruptions {
  private count = 0;

  /** @param settings of every restore: the snapshot, and the reason that a living quorum demands */
  constructor(
    private readonly stacks: LabStacks,
    private readonly cluster: MarkedCluster,
    private readonly settings: Record<string, string>,
  ) {}

  /** One restore without a fault. @returns its calls of kubectl: its instants */
  async calls(): Promise<readonly string[]> {
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
      at = "after the kill";
      this.stacks.faults.arm(instant.action, instant.pattern, instant.count);
      const run = await this.stacks.pulumi("up", "--yes", "--skip-preview");
      this.stacks.faults.disarm();
      // A run that made fewer calls than the counted one reached its end: nothing was interrupted.
      if (run.exitCode === 0) return "unreached";
      const wanted = await recover(this.stacks, instant.recovery, id, this.settings);
      const outcome = this.cluster.judge(found, await this.cluster.situation());
      if (outcome === wanted) return outcome;
      say(`wanted ${wanted}, found ${outcome}`);
    } catch (error) {
      say(`${at}: ${error instanceof Error ? error.message : String(error)}`);
    }
    say(await this.evidence());
    return "lost";
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
