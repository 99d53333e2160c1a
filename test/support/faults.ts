import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** What happens at the instant; see faultyKubectl.sh. */
export type FaultAction =
  | "fail"
  | "fail-after"
  | "every"
  | "kill"
  | "kill-after"
  | "kill-soon"
  | "kill-late"
  | "cut"
  | "flip"
  | "unplug";

/**
 * Faults between a step's script and the cluster. Every effect of a step is a kubectl call, so the instants of a
 * restore can be numbered, and each can be the one at which the run fails or dies.
 */
export class FaultyKubectl {
  readonly directory = mkdtempSync(join(tmpdir(), "etcd-recovery-faults-"));

  /** @param realKubectl the kubectl that the steps would call otherwise */
  constructor(realKubectl: string) {
    writeFileSync(join(this.directory, "real"), realKubectl);
    const bin = mkdtempSync(join(this.directory, "bin-"));
    symlinkSync(join(__dirname, "faultyKubectl.sh"), join(bin, "kubectl"));
    this.bin = bin;
  }

  private readonly bin: string;

  /** The environment with this kubectl before the real one. */
  environment(variables: Record<string, string>): Record<string, string> {
    return { ...variables, FAULTS: this.directory, PATH: [this.bin, variables.PATH].join(delimiter) };
  }

  /** Arms one fault: at the `count`-th call (from 1) that matches the shell pattern, as "STEP: ARGUMENTS". */
  arm(action: FaultAction, pattern: string, count = 1): void {
    this.disarm();
    rmSync(this.late, { force: true });
    mkdirSync(join(this.directory, "matches"));
    writeFileSync(join(this.directory, "rule"), `${count} ${action} ${pattern}\n`);
  }

  /** What a killed run has left behind may still be calling. */
  disarm(): void {
    for (const file of ["rule", "matches", "calls"])
      rmSync(join(this.directory, file), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  }

  /** Lets the call of `kill-late` be made; a minute after the kill it never is. */
  release(): void {
    writeFileSync(this.late, "");
  }

  private get late(): string {
    return join(this.directory, "late");
  }

  /** Names the process that `kill` ends. */
  aim(pid: number): void {
    writeFileSync(join(this.directory, "victim"), String(pid));
  }

  /** Gives `unplug` its program: a shell script's body. */
  unplugBy(body: string): void {
    writeFileSync(join(this.directory, "unplug"), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  /** Every call since the last arm or disarm, as "STEP: ARGUMENTS". */
  calls(): string[] {
    return readFileSync(join(this.directory, "calls"), "utf8").trim().split("\n");
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
