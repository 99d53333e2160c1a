import { describe, expect, it } from "vitest";
import type { PreviousCopy } from "../../../../components/member/memberAnswers";
import {
  choosePrevious,
  copyNote,
  judgeCopies,
  judgePrevious,
  judgeReadable,
  previousBehind,
} from "../../../../components/procedure/judgements/previous";

const bytes = { size: 4096, sha256: "d".repeat(64), owner: "0:0" };
const kept = (revision: string, wal: "older" | "newer" = "older"): PreviousCopy => ({
  ...{ previous: "kept", ...bytes, revision, wal },
});
const damaged: PreviousCopy = { previous: "damaged", problem: "its page is torn" };
const unread: PreviousCopy = {
  previous: "unproven",
  problem: "nothing here can read it",
  ...bytes,
  wal: "older",
};
const none: PreviousCopy = { previous: "none" };
const copies = (...all: PreviousCopy[]) => all.map((copy, n) => ({ member: `m-${n}`, copy }));

describe("which member's copy all are staged from", () => {
  it.each([
    ["the highest revision", copies(kept("5"), kept("9"), kept("7")), "m-1"],
    ["by number, not by text", copies(kept("9"), kept("10")), "m-1"],
    ["beyond 2^53", copies(kept("9007199254740993"), kept("9007199254740992")), "m-0"],
    ["of equal ones that of a member that was stopped", copies(kept("5", "newer"), kept("5")), "m-1"],
    ["a damaged one is none", copies(damaged, kept("5"), none), "m-1"],
  ])("%s", (_, all, member) => expect(choosePrevious(all)?.member).toBe(member));

  it("refuses when none can serve, and says which it is", () => {
    expect(judgeCopies(copies(damaged, none), "r0")?.code).toBe("previous-damaged");
    expect(judgeCopies(copies(none, none), "r0")?.code).toBe("previous-none");
    expect(judgeCopies(copies(damaged, kept("5")), "r0")).toBeUndefined();
    expect(copyNote({ member: "m-0", copy: damaged }, "r0")).toBe(
      "m-0: what restore r0 put aside cannot be read: its page is torn",
    );
  });

  it("defect 16: a copy that nothing can read is not damaged: the tool is named", () => {
    expect(judgeCopies(copies(unread, unread), "r0")).toBeUndefined();
    const refusal = judgeReadable(copies(unread, kept("5")), "r0", "example/util:1", "Give a static etcdutl");
    expect(refusal?.message).toMatch(/^utilityImage: example\/util:1: nothing in it can read .* \(m-0\)/);
    expect(refusal?.message).not.toContain("damaged");
    expect(refusal?.remedy).toBe("Give a static etcdutl");
    expect(judgeReadable(copies(damaged, kept("5")), "r0", "i", "g")).toBeUndefined();
  });

  it("what reaches less than the cluster had needs a reason", () => {
    expect(previousBehind("9", "9", "r0")).toBeUndefined();
    expect(previousBehind("9", undefined, "r0")).toBeUndefined();
    const behind = previousBehind("9", "10", "r0");
    expect(judgePrevious(behind, undefined)?.code).toBe("previous-behind");
    expect(judgePrevious(behind, "why")).toBeUndefined();
    expect(judgePrevious(undefined, undefined)).toBeUndefined();
  });
});
