import { describe, expect, it } from "vitest";
import { judgeKeys, judgeSnapshot } from "../../../../components/procedure/judgements/snapshot";
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

  it.each<[string, string | undefined, string | undefined]>([
    ["r0", "r0", undefined],
    ["r0", "r9", "restore.rollback: r9, but restore r1 is of what restore r0 put aside (it is quiesced)"],
    ["", "r9", `restore.rollback: r9, but restore r1 is of a snapshot, with SHA-256 ${a} (it is quiesced)`],
    ["r0", undefined, undefined],
  ])("roll-back: begun with '%s', asked for %s", (begun, asked, said) => {
    const own = { ...record(a), ...(begun === "" ? {} : { rollback: begun }) };
    const refusal = judgeSnapshot(own, asked === undefined ? {} : { rollback: asked });
    expect(refusal?.message).toBe(said);
    if (said !== undefined)
      expect(refusal?.remedy).toContain(
        `Set restore.${begun === "" ? "snapshot" : "rollback"} to that one again`,
      );
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

describe("keys that the configuration lost or got on the way", () => {
  const [one, two] = [`cp-1=${a} cp-2=${b}`, `cp-2=${b} cp-1=${a}`];
  it.each<[string, LedgerRecord["phase"], string | undefined, string | undefined, string | undefined]>([
    ["as they were, in another order", "swapped", one, two, undefined],
    ["none, as before", "swapped", undefined, undefined, undefined],
    ["lost", "swapped", one, undefined, "it names no keys, but restore r1 has begun with keys of a backup"],
    ["come", "staged", undefined, one, "it names keys of a backup, but restore r1 has begun with no keys"],
    ["others", "started", one, `cp-1=${b}`, "it names other keys, but restore r1 has begun with keys"],
    ["lost while nothing is settled", "open", one, undefined, undefined],
    ["lost after the commit", "committed", one, undefined, undefined],
  ])("%s", (_, phase, pki, asked, said) => {
    const own = { ...record(a), phase, ...(pki === undefined ? {} : { pki }) };
    const bundles = (asked ?? "").split(" ").map((word) => {
      const [member = "", sha256 = ""] = word.split("=");
      return { member, sha256, file: "", bytes: 1 };
    });
    const refusal = judgeKeys(own, asked === undefined ? {} : { pki: { directory: "/b", bundles } });
    if (said === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toMatchObject({ code: "pki-changed", message: expect.stringContaining(said) });
  });

  it.each<[string, string | undefined, boolean, string | undefined]>([
    ["taken back, as before", one, true, undefined],
    ["left alone, as before", undefined, false, undefined],
    ["lost", one, false, "it names no keys, but restore r1 has begun with previous keys"],
    ["come", undefined, true, "it names previous keys, but restore r1 has begun with no keys"],
  ])("of a roll-back: %s", (_, pki, previousPki, said) => {
    const own = {
      ...record(a),
      phase: "swapped" as const,
      rollback: "r0",
      ...(pki === undefined ? {} : { pki }),
    };
    const refusal = judgeKeys(own, previousPki ? { previousPki } : {});
    if (said === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toMatchObject({ code: "pki-changed", message: expect.stringContaining(said) });
  });
});
