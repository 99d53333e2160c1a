import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A clock of the steps' own, which can be set wrong; see shiftedDate.sh. */
export class ShiftedClock {
  private readonly directory = mkdtempSync(join(tmpdir(), "etcd-recovery-clock-"));

  constructor() {
    symlinkSync(join(__dirname, "shiftedDate.sh"), join(this.directory, "date"));
  }

  /** What a step's environment must have, given its PATH. */
  environment(path: string): Record<string, string> {
    return { CLOCK: this.file, PATH: [this.directory, path].join(delimiter) };
  }

  /** @param difference e.g. "+3 days"; empty is the right time */
  set(difference: string): void {
    writeFileSync(this.file, difference);
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get file(): string {
    return join(this.directory, "difference");
  }
}
