import { describe, expect, it } from "vitest";
import { type Answered, judgeAbsent } from "../../../components/nodes/judgements/absent";
import { judgeUnnamed } from "../../../components/nodes/judgements/unnamed";
import { lateMachines } from "../../../components/nodes/lateMachines";
import type { LedgerFields } from "../../../components/procedure/ledgerStore";

describe("an undo without machines", () => {
  it.each<[string, string[], Record<string, Answered>, string | undefined]>([
    ["one of three is silent", ["a", "b"], { c: "silent" }, undefined],
    ["two of five are", ["a", "b", "c"], { d: "silent", e: "silent" }, undefined],
    ["two of three are", ["a"], { b: "silent", c: "silent" }, "absent-majority"],
    ["one of two is: half is no majority", ["a"], { b: "silent" }, "absent-majority"],
    ["it answers", ["a", "b"], { c: "there" }, "absent-answers"],
    ["it does not let us in", ["a", "b"], { c: "unclear" }, "absent-unclear"],
    ["one of two that are away answers", ["a", "b", "c"], { d: "silent", e: "there" }, "absent-answers"],
  ])("%s", (_, present, absent, code) => {
    expect(judgeAbsent(present, new Map(Object.entries(absent)), "/etc/s")?.code).toBe(code);
  });

  it("without a majority the way on is named", () => {
    expect(judgeAbsent(["a"], new Map([["b", "silent"]]), "/etc/s")?.remedy).toContain(
      "sudo mv /etc/s/ledger.json /etc/s/ledger.lost; then restore the snapshot under a new id",
    );
  });
});

describe("an undo that is told of fewer machines than the operation has begun with", () => {
  const names = JSON.stringify({ machines: ["a", "b", "c"].map((name) => ({ name, host: "192.0.2.1" })) });
  const at = (phase: string, more: LedgerFields = {}): LedgerFields => ({
    ...{ id: "r1", phase, names, open: "now" },
    ...(phase === "open" ? {} : { staged: "now" }),
    ...more,
  });
  const repair = { kind: "repair", member: "c", names };

  it.each<[string, (LedgerFields | undefined)[], string[], string | undefined]>([
    ["all are named", [at("swapped"), at("swapped")], ["a", "b", "c"], undefined],
    ["one is not", [at("swapped"), at("swapped")], ["a", "b"], "c"],
    ["two are not", [at("started")], ["b"], "a, c"],
    ["it is being undone", [at("undoing"), at("undoing")], ["a", "b"], "c"],
    ["it is undone on some", [at("undone"), at("swapped")], ["a", "b"], "c"],
    ["it is undone", [at("undone"), at("undone")], ["a", "b"], undefined],
    ["nothing is bound yet", [at("open"), at("open")], ["a", "b"], undefined],
    ["it is committed", [at("committed"), at("started")], ["a", "b"], undefined],
    ["an older program's ledger says no names", [at("swapped", { names: "" })], ["a", "b"], undefined],
    ["a repair of another", [at("swapped", { ...repair, member: "a" })], ["a"], undefined],
    ["a repair's own member", [at("swapped", repair)], ["a", "b"], "c"],
    ["there is no ledger", [undefined], ["a"], undefined],
  ])("%s", (_, copies, named, forgotten) => {
    const refusal = judgeUnnamed(copies, named);
    expect(refusal?.code).toBe(forgotten === undefined ? undefined : "machines-unnamed");
    if (forgotten !== undefined) {
      expect(refusal?.message).toContain(` r1 has begun with ${forgotten} too`);
      expect(refusal?.remedy).toContain(`--without ${forgotten.split(", ").join(" --without ")}`);
    }
  });
});

describe("machines that were away when the others were undone", () => {
  const copy = (phase: string, id = "r1", marks: LedgerFields = {}): LedgerFields => ({
    id,
    phase,
    ...marks,
  });
  const gone = undefined;
  const repairs = { ...copy("undoing"), kind: "repair" };

  it.each<[string, (LedgerFields | undefined)[], string[]]>([
    ["none: all are undone", [copy("undone"), copy("undone"), copy("undone")], []],
    ["none: nothing is undone", [copy("swapped"), copy("swapped"), copy("staged")], []],
    ["one still has the new data", [copy("undone"), copy("swapped"), copy("undone")], ["b"]],
    ["one had begun to go back", [copy("undone"), copy("undoing"), copy("undone")], ["b"]],
    [
      "one was there but for the last word",
      [copy("undone"), copy("undoing", "r1", { returned: "now" }), gone],
      [],
    ],
    ["one has no ledger: nothing was done there", [copy("undone"), gone, copy("undone")], []],
    ["one finished another restore", [copy("undone"), copy("finished", "r0"), copy("undone")], []],
    [
      "none of a repair, whose undo writes its end",
      [{ ...copy("undone"), kind: "repair" }, repairs, repairs],
      [],
    ],
    [
      "another restore of the others has followed, and is finished",
      [
        copy("finished", "r2", { open: "2" }),
        copy("finished", "r2", { open: "2" }),
        copy("swapped", "r1", { open: "1" }),
      ],
      ["c"],
    ],
    [
      "a repair of the others has followed",
      [
        { ...copy("finished", "r2", { open: "2" }), kind: "repair" },
        gone,
        copy("undoing", "r1", { returned: "1", open: "1" }),
      ],
      ["c"],
    ],
    [
      "none: the lock of the next was cut short",
      [
        copy("open", "r2", { open: "2" }),
        copy("finished", "r1", { open: "1" }),
        copy("finished", "r1", { open: "1" }),
      ],
      [],
    ],
    ["one is of another restore, which is its own matter", [copy("undone"), copy("swapped", "r2"), gone], []],
  ])("%s", (_, copies, late) => {
    expect(lateMachines(new Map(["a", "b", "c"].map((name, n) => [name, copies[n]])))).toEqual(late);
  });
});
