import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Watchdog } from "../../../agent/watchdog";

const limits = { deadlineSeconds: 100, stallSeconds: 10 };
const never = new Promise<never>(() => undefined);

describe("the watchdog of a run", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("ends what stands still, and nothing that moves", async () => {
    const watchdog = new Watchdog(limits);
    const moved = watchdog.watch("m0: snapshot");
    for (let n = 0; n < 5; n++) {
      vi.advanceTimersByTime(9000);
      moved();
    }
    expect(watchdog.signal.aborted).toBe(false);
    vi.advanceTimersByTime(10_001);
    await expect(watchdog.within(never)).rejects.toThrow(/m0: snapshot: nothing moved for 10 s/);
    watchdog.end();
  });

  it("does not ask a step to move that need not", () => {
    const watchdog = new Watchdog(limits);
    watchdog.watch("x");
    watchdog.rest();
    vi.advanceTimersByTime(50_000);
    expect(watchdog.signal.aborted).toBe(false);
    watchdog.end();
    vi.advanceTimersByTime(100_000);
    expect(watchdog.signal.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends what moves for too long", async () => {
    const watchdog = new Watchdog(limits);
    const step = expect(watchdog.within(never)).rejects.toThrow(/not done within 100 s/);
    const moved = watchdog.watch("x");
    for (let n = 0; n < 101; n++) {
      vi.advanceTimersByTime(1000);
      moved();
    }
    await step;
    watchdog.end();
  });

  it("hands on why somebody else ends the run", async () => {
    const outer = new AbortController();
    const watchdog = new Watchdog(limits, outer.signal);
    outer.abort(new Error("ended by SIGTERM"));
    await expect(watchdog.within(never)).rejects.toThrow("ended by SIGTERM");
    watchdog.end();
    const late = new Watchdog(limits, outer.signal);
    expect(late.signal.aborted).toBe(true);
    late.end();
  });
});
