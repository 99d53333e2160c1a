import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What happens at the instant:
 *
 * - `refuse`: answered with 503, not carried out. `every`: the same from that request on, for good. An exec that is refused
 *   kubectl asks once more, by SPDY.
 * - `reset`: not carried out, and the connection ends. `reset-after`: carried out, and it ends without the answer.
 * - `hang`: not carried out, never answered.
 * - `kill`, `kill-after`: the victim dies by SIGKILL before or after it is carried out; the connection ends.
 * - `kill-soon`: carried out and answered; the victim dies a second and a half later.
 * - `kill-hung`: not carried out; the victim dies three seconds later, and the connection ends.
 * - `kill-late`: the victim dies, and the request is carried out when it is released.
 * - `cut`: the standard input of an exec ends early. `flip`: one byte of it is changed on its way (WebSocket only).
 * - `power`: the request waits until it is released; whoever armed it takes a machine's power meanwhile (ssh only).
 * - `unplug`: a shell script runs in the midst of the standard input, or before a request that has none.
 */
export type FaultAction =
  | "refuse"
  | "every"
  | "reset"
  | "reset-after"
  | "hang"
  | "kill"
  | "kill-after"
  | "kill-soon"
  | "kill-hung"
  | "kill-late"
  | "cut"
  | "flip"
  | "power"
  | "unplug";

/** One fault: at the `count`-th request, from 1, whose line matches the pattern. */
export interface FaultRule {
  /** Another for each rule of a proxy, so that no count or release is taken for that of an earlier one. */
  readonly id: number;
  readonly action: FaultAction;
  /** Shell pattern of the whole line, of `*` and `?`. */
  readonly pattern: string;
  readonly count: number;
}

/** Where the proxy forwards to: of a kubeconfig, in PEM. */
export interface Upstream {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The directory by which a test and its proxy speak. All of it is synchronous: what is written is in force. */
export class FaultFiles {
  constructor(readonly directory: string) {}

  /** Path of the script that `unplug` runs. */
  get unplug(): string {
    return join(this.directory, "unplug");
  }

  get upstream(): Upstream {
    return JSON.parse(readFileSync(join(this.directory, "upstream.json"), "utf8"));
  }

  set upstream(upstream: Upstream) {
    writeFileSync(join(this.directory, "upstream.json"), JSON.stringify(upstream), { mode: 0o600 });
  }

  get rule(): FaultRule | undefined {
    const text = this.#read("rule");
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** A reader sees the old rule or the new one, whole. */
  set rule(rule: FaultRule | undefined) {
    const path = join(this.directory, "rule");
    if (rule === undefined) {
      rmSync(path, { force: true });
      return;
    }
    writeFileSync(`${path}.new`, JSON.stringify(rule));
    renameSync(`${path}.new`, path);
  }

  /** Process that `kill` ends. */
  get victim(): number {
    return Number(this.#read("victim"));
  }

  set victim(pid: number) {
    writeFileSync(join(this.directory, "victim"), String(pid));
  }

  /** Lines of the requests since they were forgotten. */
  get calls(): string[] {
    return (this.#read("calls") ?? "").split("\n").filter((line) => line !== "");
  }

  record(line: string): void {
    appendFileSync(join(this.directory, "calls"), `${line}\n`);
  }

  forgetCalls(): void {
    rmSync(join(this.directory, "calls"), { force: true });
  }

  /** Says that the instant of a rule has come, or that its late request may go. */
  mark(what: "struck" | "released", id: number): void {
    writeFileSync(join(this.directory, `${what}-${id}`), "");
  }

  isMarked(what: "struck" | "released", id: number): boolean {
    return existsSync(join(this.directory, `${what}-${id}`));
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(join(this.directory, name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }
}
