/** Everything that a fake was asked, in order, and what a test lets happen at it. */
export class Calls {
  readonly all: string[] = [];
  private readonly hooks: { when: "before" | "after"; pattern: RegExp; times: number; run: () => unknown }[] =
    [];

  /** Runs before a call whose text matches: it may change the fake, or throw what the call then rejects with. */
  before(pattern: RegExp, run: () => unknown, times = Number.POSITIVE_INFINITY): void {
    this.hooks.push({ when: "before", pattern, times, run });
  }

  /** The same, after the call was carried out: what throws here is an answer that was lost. */
  after(pattern: RegExp, run: () => unknown, times = Number.POSITIVE_INFINITY): void {
    this.hooks.push({ when: "after", pattern, times, run });
  }

  /** The calls whose text matches. */
  of(pattern: RegExp): string[] {
    return this.all.filter((call) => pattern.test(call));
  }

  /** One call: written down, then carried out between its hooks. */
  async make<T>(text: string, carryOut: () => T | Promise<T>): Promise<T> {
    this.all.push(text);
    await this.run("before", text);
    const result = await carryOut();
    await this.run("after", text);
    return result;
  }

  private async run(when: "before" | "after", text: string): Promise<void> {
    for (const hook of this.hooks) {
      if (hook.when !== when || hook.times <= 0 || !hook.pattern.test(text)) continue;
      hook.times -= 1;
      await hook.run();
    }
  }
}
