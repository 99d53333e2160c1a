import { describe, expect, it } from "vitest";
import {
  isQuorumAlive,
  judgeNeed,
  needNote,
  reasonOf,
} from "../../../../components/procedure/judgements/need";

const facts = (quorate: number | undefined, ready: number, reason?: string, members = 3) => ({
  ...{ quorate, ready, members, reason },
});

describe("faults row 10: whether a restore is needed", () => {
  it.each<[string, ReturnType<typeof facts>, boolean]>([
    ["all members serve", facts(3, 0), true],
    ["two of three", facts(2, 0), true],
    ["one of three can be asked, and knows a leader: there is none without a quorum", facts(1, 0), true],
    ["members answer and none has a leader, whatever is counted ready", facts(0, 3), false],
    ["nobody can be asked, two are counted ready", facts(undefined, 2), true],
    ["nobody can be asked, one is counted ready", facts(undefined, 1), false],
    ["one of one", facts(1, 0, undefined, 1), true],
    ["three of five", facts(3, 0, undefined, 5), true],
    ["two of five can be asked, and know a leader", facts(2, 0, undefined, 5), true],
  ])("%s", (_, given, alive) => {
    expect(isQuorumAlive(given)).toBe(alive);
    expect(judgeNeed(given)?.code).toBe(alive ? "quorum-alive" : undefined);
    expect(judgeNeed({ ...given, reason: "wrong data" })).toBeUndefined();
  });

  it("names the numbers and the way", () => {
    const refusal = judgeNeed(facts(undefined, 2));
    expect(refusal?.message).toMatch(/^restore.reason: 2 of 3 members are healthy: the quorum is alive/);
    expect(refusal?.remedy).toMatch(/restore.reason 'why'$/);
    expect(judgeNeed(facts(1, 0))?.message).toMatch(
      /1 of 3 members are healthy and know a leader, .*the others could not be asked/,
    );
    expect(needNote(facts(undefined, 2))).toBe("no member could be asked; 2 of 3 are counted ready");
    expect(needNote(facts(1, 0))).toBe("members with a quorum: 1 of 3");
  });

  it("a roll-back is reason enough, and what the user says is added to it", () => {
    expect(reasonOf({})).toBeUndefined();
    expect(reasonOf({ reason: "why" })).toBe("why");
    expect(reasonOf({ rollback: "r0" })).toBe("roll-back of restore r0");
    expect(reasonOf({ rollback: "r0", reason: "why" })).toBe("roll-back of restore r0: why");
  });
});
