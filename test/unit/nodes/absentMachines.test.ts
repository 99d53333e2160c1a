import { describe, expect, it } from "vitest";
import { type Answered, judgeAbsent } from "../../../components/nodes/judgements/absent";
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
    expect(judgeAbsent(present, new Map(Object.entries(absent)))?.code).toBe(code);
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
    ["one is of another restore, which is its own matter", [copy("undone"), copy("swapped", "r2"), gone], []],
  ])("%s", (_, copies, late) => {
    expect(lateMachines(new Map(["a", "b", "c"].map((name, n) => [name, copies[n]])))).toEqual(late);
  });
});
