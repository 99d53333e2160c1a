import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UserError } from "../../components/errors";
import { markAsNeeded } from "../../components/restore/markAsNeeded";

describe("the mark beside a backup", () => {
  let warned: string[];
  beforeEach(() => {
    warned = [];
    vi.spyOn(pulumi.log, "warn").mockImplementation(async (text) => void warned.push(text));
  });
  afterEach(() => void vi.restoreAllMocks());

  it("is laid without a word", async () => {
    await markAsNeeded({ need: async () => undefined });
    expect(warned).toEqual([]);
  });

  it.each([
    [
      "refuses",
      async () => Promise.reject(new UserError("it may not be written to")),
      "it may not be written to",
    ],
    ["does not answer", () => new Promise<void>(() => undefined), "has not answered within 0.05 s"],
  ])("holds up no restore where its store %s", async (_, need, reason) => {
    await markAsNeeded({ need }, 0.05);
    expect(warned).toEqual([expect.stringContaining(reason)]);
    expect(warned[0]).toMatch(
      /^restore\.snapshot: a pruner may remove .* hold beside it keeps it as well\.$/s,
    );
  });

  it("hides no defect", async () => {
    await expect(
      markAsNeeded({ need: async () => Promise.reject(new TypeError("undefined")) }),
    ).rejects.toThrow(TypeError);
  });
});
