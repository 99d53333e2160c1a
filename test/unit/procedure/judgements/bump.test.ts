import { describe, expect, it } from "vitest";
import {
  type BumpFacts,
  bumpOf,
  judgeAhead,
  judgeBump,
} from "../../../../components/procedure/judgements/bump";

const facts = (live: string, start = "42", ...earlier: BumpFacts["earlier"]): BumpFacts => ({
  ...{ live, start, earlier },
});
const places = { cluster: "namespace uc1", ledger: "uc1/etcd-recovery", lookAtLedger: () => "look" };

describe("row 34: the bump", () => {
  it.each<[string, BumpFacts, bigint]>([
    ["nobody can say", facts("0"), 1_000_000_000n],
    ["small revisions", facts("1000"), 1_000_000_000n],
    ["more than a billion", facts("10000000000"), 11_999_999_958n],
    ["an earlier restore's ledger", facts("0", "42", { revision: "50", bump: "3000000000" }), 4_000_000_008n],
    [
      "the highest of several, whatever their order",
      facts("0", "42", { revision: "50", bump: "3000000000" }, { revision: "5", bump: "1000000000" }),
      4_000_000_008n,
    ],
    [
      "members that say more than where an earlier restore took them",
      facts("9000000002", "42", { revision: "1", bump: "9000000000" }),
      10_799_999_960n,
    ],
    [
      "members on new volumes, which say less than where an earlier restore had taken the cluster",
      facts("7", "42", { revision: "1", bump: "9000000000" }),
      9_999_999_959n,
    ],
    ["the largest that is counted", facts("9".repeat(18)), 1_199_999_999_999_999_956n],
    ["beyond 2^53 without loss", facts("9007199254740993", "0"), 10_808_639_105_689_191n],
  ])("%s", (_, given, expected) => {
    expect(judgeBump(given, places)).toBeUndefined();
    expect(bumpOf(given)).toBe(expected);
  });

  it.each<[string, BumpFacts, string]>([
    ["a live revision without room above it", facts("9".repeat(19)), "etcd of namespace uc1"],
    ["one of 2^64", facts("18446744073709551615"), "etcd of namespace uc1"],
    ["a snapshot's", facts("0", "9223372036854775807"), "restore.snapshot"],
    [
      "a ledger's",
      facts("0", "42", { revision: "50", bump: "9223372036854775807" }),
      "bump in the ledger uc1/etcd-recovery",
    ],
  ])("refuses %s", (_, given, whose) => {
    const refusal = judgeBump(given, places);
    expect(refusal).toMatchObject({ code: "revision-no-room", kind: "refused" });
    expect(refusal?.message).toMatch(/leaves no room above it: etcd counts to 9223372036854775807$/);
    expect(refusal?.message.startsWith(`${whose}: `)).toBe(true);
    expect(refusal?.remedy).toMatch(/^Choose an older snapshot/);
  });

  it("refuses what is no revision", () => {
    const refusal = judgeBump(facts("0", "42", { revision: "x", bump: "5" }), places);
    expect(refusal?.message).toBe(
      "revision in the ledger uc1/etcd-recovery: 'x': not a revision, which is a number",
    );
  });

  it("is enough only above all that clients may remember by now", () => {
    const judge = (live: bigint) => judgeAhead({ live, revision: "42", bump: "1000000000" }, "r1")?.code;
    expect(judge(0n)).toBeUndefined();
    expect(judge(1_000_000_041n)).toBeUndefined();
    expect(judge(1_000_000_042n)).toBe("bump-behind");
  });
});
