import { readdirSync, readFileSync } from "node:fs";

/** Every process's arguments on this machine, as ps shows them, looked at again and again until it is stopped. */
export class ProcessArguments {
  private readonly seen = new Set<string>();
  private readonly timer = setInterval(() => this.look(), 50);

  /** All that was seen, one process a line. */
  stop(): string {
    clearInterval(this.timer);
    return [...this.seen].join("\n");
  }

  private look(): void {
    for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
      try {
        this.seen.add(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}
