import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A clock of the steps' own, which can be set wrong; see shiftedDate.sh. */
export class ShiftedClock {
  private made: string | undefined;

  /** What a step's environment must have, given its PATH. */
  environment(path: string): Record<string, string> {
    return { CLOCK: this.file, PATH: [this.directory, path].join(delimiter) };
  }

  /** @param difference e.g. "+3 days"; empty is the right time */
  set(difference: string): void {
    writeFileSync(this.file, difference);
  }

  dispose(): void {
    if (this.made !== undefined) rmSync(this.made, { recursive: true, force: true });
  }

  /** Not before it is needed: a file of tests that is only listed leaves nothing behind. */
  private get directory(): string {
    if (this.made === undefined) {
      this.made = mkdtempSync(join(tmpdir(), "etcd-recovery-clock-"));
      symlinkSync(join(__dirname, "shiftedDate.sh"), join(this.made, "date"));
    }
    return this.made;
  }

  private get file(): string {
    return join(this.directory, "difference");
  }
}
