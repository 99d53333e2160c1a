import type { FaultFiles, FaultRule } from "./faultFiles";

/** Counts requests, says at which one the instant has come, and kills. */
export class FaultRules {
  /** Of the rule with this id; parallel requests each take the next number. */
  private counted = { id: 0, matches: 0 };

  constructor(private readonly files: FaultFiles) {}

  /** Records a request. @returns the rule whose instant it is */
  meet(line: string): FaultRule | undefined {
    this.files.record(line);
    const rule = this.files.rule;
    if (rule === undefined || !matches(rule.pattern, line)) return undefined;
    if (this.counted.id !== rule.id) this.counted = { id: rule.id, matches: 0 };
    this.counted.matches += 1;
    const past = this.counted.matches - rule.count;
    if (past < 0 || (past > 0 && rule.action !== "every")) return undefined;
    this.files.mark("struck", rule.id);
    return rule;
  }

  /** A victim that is gone already is fine. */
  kill(): void {
    try {
      process.kill(this.files.victim, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Waits for the release of a late request. @returns false when it did not come in a minute: it is never made then */
  async released({ id }: FaultRule): Promise<boolean> {
    for (let waited = 0; waited < 60_000; waited += 50) {
      if (this.files.isMarked("released", id)) return true;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  }
}

/** Whether a shell pattern of `*` and `?` matches the whole line. */
export function matches(pattern: string, line: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(line);
}
