import { describe, expect, it } from "vitest";
import { judgeNoneOpen, judgePast, type PastFacts } from "../../../../components/procedure/judgements/past";
import type { LedgerRecord } from "../../../../components/procedure/ledgerRecord";

const finished: LedgerRecord = {
  ...{ format: 2, id: "r0", kind: "restore", phase: "finished", holder: "me", times: {}, reach: {} },
  names: '{"MEMBERS":"m-0 m-1 m-2"}',
};
const facts = (record: LedgerRecord | undefined): PastFacts => ({
  ...{ key: "restore.rollback", id: "r0", record, kept: ["r5"], members: ["m-0", "m-1", "m-2"] },
  twoWaysOut: "Finish it, or go back.",
});
const removed = { ...finished, times: { finalizing: "2026-05-01T00:00:00Z" } };

describe("a restore that a setting names", () => {
  it.each<[string, LedgerRecord | undefined, string | undefined, string | undefined]>([
    ["finished", finished, undefined, undefined],
    [
      "finished, of as many members in the newer text",
      { ...finished, names: '{"members":3}' },
      undefined,
      undefined,
    ],
    ["unknown", undefined, "past-unknown", "past-unknown"],
    ["undone", { ...finished, phase: "undone" }, undefined, "past-undone"],
    ["committed", { ...finished, phase: "committed" }, "past-open", "past-open"],
    ["of other members", { ...finished, names: '{"MEMBERS":"m-0"}' }, "past-members", "past-members"],
    ["of fewer members", { ...finished, names: '{"members":1}' }, "past-members", "past-members"],
    ["a repair", { ...finished, kind: "repair" }, undefined, "past-repair"],
    ["removed", removed, undefined, "past-removed"],
  ])("%s", (_, record, asOver, asKept) => {
    expect(judgePast(facts(record), "over")?.code).toBe(asOver);
    expect(judgePast(facts(record), "kept")?.code).toBe(asKept);
  });

  it("lists those that would do", () => {
    expect(judgePast(facts(undefined), "kept")?.message).toBe(
      "restore.rollback: this cluster has no restore r0; restores with previous data: r5",
    );
    expect(judgePast({ ...facts(undefined), kept: [] }, "kept")?.message).toMatch(/data: none$/);
  });

  it("nothing is removed while another is under way", () => {
    const advice = { place: "namespace uc1", twoWaysOut: "Finish it, or go back." };
    expect(judgeNoneOpen(undefined, advice)).toBeUndefined();
    expect(judgeNoneOpen(finished, advice)).toBeUndefined();
    const open = judgeNoneOpen({ ...finished, phase: "swapped" }, advice);
    expect(open).toMatchObject({ kind: "refused", remedy: advice.twoWaysOut });
    expect(open?.message).toMatch(/restore r0 .* is under way .*: nothing is removed meanwhile$/);
  });
});
