import { describe, expect, it } from "vitest";
import { ago } from "../../../../components/procedure/judgements/ago";
import { isUnderWay, judgeLock } from "../../../../components/procedure/judgements/lock";
import type { LedgerPhase, LedgerRecord } from "../../../../components/procedure/ledgerRecord";

const now = new Date("2026-05-01T12:00:00Z");
const advice = { place: "namespace uc1", twoWaysOut: "Finish it, or go back." };
const ledger = (id: string, phase: LedgerPhase, more: Partial<LedgerRecord> = {}): LedgerRecord => ({
  ...{ format: 2, id, kind: "restore", phase, holder: "me@there", names: "", reach: {} },
  ...{ times: { open: "2026-05-01T11:18:00Z" } },
  ...more,
});
const judge = (record: LedgerRecord | undefined) =>
  judgeLock(record, { id: "r1", kind: "restore", now }, advice);

describe("who may have the ledger", () => {
  it.each<[string, LedgerRecord | undefined]>([
    ["nobody has it", undefined],
    ["another that is finished", ledger("r0", "finished")],
    ["another that was undone", ledger("r0", "undone")],
    ["its own, open", ledger("r1", "open")],
    ["its own, further", ledger("r1", "swapped")],
    ["its own, undone before anything was stopped", ledger("r1", "undone")],
  ])("passes: %s", (_, record) => expect(judge(record)).toBeUndefined());

  it.each<LedgerPhase>(["open", "staged", "quiesced", "swapped", "started", "committed", "undoing"])(
    "another that is %s holds it: id, age, holder and both ways out",
    (phase) => {
      expect(judge(ledger("r0", phase))).toEqual({
        code: "held",
        kind: "refused",
        message: `namespace uc1: restore r0 of this cluster is under way since 2026-05-01T11:18:00Z (42 min ago; it is ${phase}, started by me@there)`,
        remedy: advice.twoWaysOut,
      });
    },
  );

  it("says it of a ledger without a time, too", () => {
    expect(judge(ledger("r0", "open", { times: {} }))?.message).toBe(
      "namespace uc1: restore r0 of this cluster is under way (it is open, started by me@there)",
    );
  });

  it("its own that is committed waits to be finished: another id would be refused, too", () => {
    expect(judge(ledger("r1", "committed"))).toEqual({
      ...{ code: "id-used", kind: "refused", remedy: advice.twoWaysOut },
      message: "restore.id: r1 was used before (it is committed, not finished)",
    });
  });

  it.each<LedgerRecord>([
    ledger("r1", "finished"),
    ledger("r1", "undone", { times: { open: "x", quiesced: "2026-05-01T11:20:00Z" } }),
  ])("its own that is $phase was used before", (record) => {
    const refusal = judge(record);
    expect(refusal).toMatchObject({ code: "id-used", kind: "refused" });
    expect(refusal?.message).toBe(`restore.id: r1 was used before (it is ${record.phase})`);
    expect(refusal?.remedy).toBe("pulumi config set --path restore.id r1-2");
  });

  it("its own that is being undone, or of another kind, is not gone on with", () => {
    expect(judge(ledger("r1", "undoing"))).toMatchObject({
      ...{ code: "id-undoing", kind: "failed" },
      remedy: "'pulumi destroy' on its stack goes on with that; without its stack: etcd-recovery undo",
    });
    expect(judge(ledger("r1", "open", { kind: "repair" }))).toMatchObject({ code: "id-other-kind" });
  });

  it("knows what is under way", () => {
    expect(isUnderWay(ledger("r1", "open"), "r1")).toBe(true);
    expect(isUnderWay(ledger("r1", "finished"), "r1")).toBe(false);
    expect(isUnderWay(ledger("r0", "open"), "r1")).toBe(false);
    expect(isUnderWay(undefined, "r1")).toBe(false);
  });
});

describe("faults row 39: how long ago, by the clock of another machine", () => {
  it.each([
    ["2026-05-01T12:00:00Z", "0 min ago"],
    ["2026-05-01T12:00:30Z", "0 min ago"],
    ["2026-05-01T11:59:01Z", "0 min ago"],
    ["2026-04-28T12:00:00Z", "4320 min ago"],
    ["2026-05-04T12:00:00Z", "4320 min ahead of the clock here"],
    ["nonsense", "nobody knows when"],
  ])("%s is %s", (time, said) => expect(ago(time, now)).toBe(said));
});
