import { describe, expect, it } from "vitest";
import { type Candidate, chooseMember } from "../../../components/memberChoice";

const member = (role: Candidate["role"], applied: number) => ({ role, applied: BigInt(applied) });
const of = (clusterId: bigint, candidate: Candidate): Candidate => ({ ...candidate, clusterId });
const leader = member("leader", 100);
const near = member("follower", 99);
const far = member("follower", 90);
const [ours, oursToo] = [of(1n, far), of(1n, leader)];

describe("the member that a snapshot is taken from", () => {
  it.each<[string, readonly Candidate[], number, Candidate | string]>([
    ["a follower that lags least", [leader, far, near], 3, near],
    ["a follower, though the leader is ahead", [leader, far], 3, far],
    ["the leader when it is alone", [leader], 1, leader],
    ["the leader when no follower answers but learners", [leader, member("learner", 100)], 1, leader],
    ["the first of those that lag equally", [near, member("follower", 99), leader], 3, near],
    ["none without a majority", [near], 3, "only 1 of 3"],
    ["none when a majority has no leader", [near, member("no-leader", 99)], 3, "only 1 of 3"],
    ["none of two when one is down", [leader], 2, "only 1 of 2"],
    ["none when nobody answers", [], 3, "only 0 of 3"],
    ["none of another cluster, though it is ahead", [of(2n, near), ours, oursToo], 3, ours],
    [
      "none where the quorum is of two clusters",
      [ours, of(2n, leader)],
      3,
      "only 1 of 3 members are healthy and of one cluster, others are of another",
    ],
    ["more of five", [near, far, leader], 5, near],
  ])("%s", (_, answers, members, expected) => {
    const choice = chooseMember(answers, members);
    if (typeof expected !== "string") expect(choice.best).toBe(expected);
    else {
      const sentence = expected.includes("members") ? expected : `${expected} members are healthy`;
      expect(choice).toEqual({ problem: `${sentence}: a snapshot now may miss writes` });
    }
  });
});
