import { describe, expect, it, vi } from "vitest";
import { allOf, secondsOf, waitUntil } from "../../../components/procedure/waiting";

describe("waiting", () => {
  it("ends with the first yes", async () => {
    let asked = 0;
    const question = async () => {
      asked += 1;
      return asked === 3;
    };
    expect(await waitUntil(question, { seconds: 5, every: 0.001 })).toEqual({ done: true });
    expect(asked).toBe(3);
  });

  it.each([-3600, 3600])(
    "waits as long as it says, whatever becomes of this machine's clock (%d s)",
    async (jump) => {
      let asked = 0;
      const real = Date.now;
      const shift = vi.spyOn(Date, "now").mockImplementation(() => real() + (asked > 0 ? jump * 1000 : 0));
      const began = performance.now();
      const question = async () => {
        asked += 1;
        return asked > 1000;
      };
      expect(await waitUntil(question, { seconds: 0.2, every: 0.01 })).toEqual({ done: false });
      shift.mockRestore();
      expect(asked).toBeGreaterThan(1);
      expect(performance.now() - began).toBeGreaterThanOrEqual(200);
    },
  );

  it("asks once although there is no time", async () => {
    expect(await waitUntil(async () => true, { seconds: 0, every: 1 })).toEqual({ done: true });
  });

  it("never takes a question that failed for a yes, and says why it did", async () => {
    const question = () => Promise.reject(new Error("no way there"));
    expect(await waitUntil(question, { seconds: 0.01, every: 0.001 })).toEqual({
      ...{ done: false, unasked: "no way there" },
    });
  });

  it("forgets an earlier failure when the last answer was no", async () => {
    let asked = 0;
    const question = async () => {
      asked += 1;
      if (asked === 1) throw new Error("once");
      return false;
    };
    expect(await waitUntil(question, { seconds: 0.02, every: 0.001 })).toEqual({ done: false });
  });
});

describe("several at once", () => {
  it("are all waited for before the first failure is told", async () => {
    let ended = false;
    const slow = new Promise<void>((resolve) =>
      setTimeout(() => {
        ended = true;
        resolve();
      }, 20),
    );
    await expect(allOf([Promise.reject(new Error("first")), slow])).rejects.toThrow("first");
    expect(ended).toBe(true);
  });
});

describe("a longest time", () => {
  it.each([
    ["8", 8],
    ["0.5", 0.5],
    ["soon", 180],
    ["-1", 180],
    [undefined, 180],
  ])("of GONE_SECONDS=%s is %d s", (said, seconds) => {
    if (said === undefined) delete process.env.GONE_SECONDS;
    else process.env.GONE_SECONDS = said;
    expect(secondsOf("GONE_SECONDS", 180)).toBe(seconds);
    delete process.env.GONE_SECONDS;
  });
});
