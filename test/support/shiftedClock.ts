import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

/** A clock of the steps' own, which can be set wrong; see shiftedNow.ts. */
export class ShiftedClock {
  private made: string | undefined;

  /** What the environment of a program must have, so that it and whatever it starts go by this clock. */
  environment(): Record<string, string> {
    this.set(0);
    return { SHIFTED_CLOCK: this.file, NODE_OPTIONS: `--require=${join(this.directory, "shiftedNow.cjs")}` };
  }

  /** @param days by which the clock is ahead; 0 is the right time */
  set(days: number): void {
    writeFileSync(this.file, String(days * 24 * 60 * 60 * 1000));
  }

  dispose(): void {
    if (this.made !== undefined) rmSync(this.made, { recursive: true, force: true });
  }

  /** Not before it is needed: a file of tests that is only listed leaves nothing behind. */
  private get directory(): string {
    if (this.made === undefined) {
      this.made = mkdtempSync(join(tmpdir(), "etcd-recovery-clock-"));
      const outfile = join(this.made, "shiftedNow.cjs");
      const entryPoints = [join(__dirname, "shiftedNow.ts")];
      buildSync({ entryPoints, outfile, bundle: true, platform: "node", target: "node20", format: "cjs" });
    }
    return this.made;
  }

  private get file(): string {
    return join(this.directory, "difference");
  }
}
