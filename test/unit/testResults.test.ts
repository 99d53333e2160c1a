import { describe, expect, it } from "vitest";
import { inShort } from "../results";

describe("what is repeated of a failure", () => {
  it("is all of a short one, without how it was called", () => {
    const text = [
      "AssertionError: expected 1 to be 0",
      "",
      "    at Proxy.<anonymous> (/x/node_modules/@vitest/expect/dist/index.js:1:1)",
      "    at /x/test/unit/one.test.ts:5:7",
      "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
    ].join("\n");
    expect(inShort(text)).toEqual([
      "AssertionError: expected 1 to be 0",
      "    at /x/test/unit/one.test.ts:5:7",
    ]);
  });

  it("is the beginning and the end of a long screen, where the reason stands", () => {
    const screen = Array.from({ length: 90 }, (_, at) => `+  resource ${at} creating`);
    const progress = Array.from({ length: 90 }, () => "@ updating....");
    const told = inShort(["Updating (one):", ...progress, ...screen, "error: no room"].join("\n"));
    expect(told.slice(0, 2)).toEqual(["Updating (one):", "+  resource 0 creating"]);
    expect(told).toHaveLength(25);
    expect(told.at(-1)).toBe("error: no room");
  });
});
