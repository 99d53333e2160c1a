import { describe, expect, it } from "vitest";
import { judgeSnapshot } from "../../../../components/procedure/judgements/snapshot";
import { judgeStaged } from "../../../../components/procedure/judgements/staged";
import type { LedgerRecord } from "../../../../components/procedure/ledgerRecord";

const [a, b] = ["a".repeat(64), "b".repeat(64)];
const record = (snapshot: string | undefined): LedgerRecord => ({
  ...{
    format: 2,
    id: "r1",
    kind: "restore",
    phase: "quiesced",
    holder: "me",
    times: {},
    names: "",
    reach: {},
  },
  ...{ snapshot, bump: "1000" },
});
const request = (sha256: string) => ({
  snapshot: { path: "/b.db", sizeBytes: 1, sha256, revision: "1" },
});

describe("defect 1: the snapshot that is asked for is the one that is restored", () => {
  it("passes the same one, and where there is nothing to compare", () => {
    expect(judgeSnapshot(record(a), request(a))).toBeUndefined();
    expect(judgeSnapshot(record(undefined), request(a))).toBeUndefined();
    expect(judgeSnapshot(record(""), request(a))).toBeUndefined();
    expect(judgeSnapshot(record(a), {})).toBeUndefined();
  });

  it("refuses another, and names both", () => {
    const refusal = judgeSnapshot(record(a), request(b));
    expect(refusal).toMatchObject({ code: "snapshot-changed", kind: "refused" });
    expect(refusal?.message).toContain(`/b.db has SHA-256 ${b}, but restore r1 is of another`);
    expect(refusal?.message).toContain(`SHA-256 ${a} (it is quiesced)`);
    expect(refusal?.remedy).toContain("restore.id r1-2");
  });

  const facts = (sha256: string, cluster = "c1", bump = "1000") => ({ sha256, cluster, bump });
  it.each([
    ["all alike", [facts(a), facts(a)], undefined],
    ["a member from another snapshot", [facts(a), facts(b)], "m-1"],
    ["all from another snapshot than the ledger's", [facts(b), facts(b)], "m-0"],
    ["another cluster", [facts(a), facts(a, "c2")], "m-1"],
    ["another bump", [facts(a, "c1", "5"), facts(a)], "m-0"],
  ])("compares the members with the ledger, too: %s", (_, staged, named) => {
    const refusal = judgeStaged(
      staged.map((one, n) => ({ member: `m-${n}`, facts: one })),
      record(a),
    );
    expect(refusal?.message.split(" ")[1]).toBe(named);
  });
});
