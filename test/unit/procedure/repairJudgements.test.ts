import { describe, expect, it } from "vitest";
import { RefusedError } from "../../../components/errors";
import { guardRepair } from "../../../components/procedure/acts/repair/guardRepair";
import { preflightRepair } from "../../../components/procedure/acts/repair/preflightRepair";
import type { MemberRole, MemberStatus } from "../../../components/procedure/etcdStatus";
import {
  initialClusterOf,
  memberOf,
  parseMemberList,
  successorOf,
} from "../../../components/procedure/judgements/memberList";
import {
  judgeRepairAlarms,
  judgeRepairNeed,
  judgeRepairSpace,
} from "../../../components/procedure/judgements/repair";
import { refused } from "../../../components/procedure/refusal";
import { fakeRecord } from "../../support/fakeSubstrate";
import { bad, RepairFake } from "./repairScene";

const members = ["kube-etcd-0", bad, "kube-etcd-2"];
const status = (member: string, role: MemberRole): MemberStatus => ({
  ...{ member, role, clusterId: 1n, memberId: 1n, leader: 1n, revision: 9n, raftIndex: 9n, raftTerm: 2n },
  ...{ applied: 9n, version: "3.6.14", dbSize: 1n, dbSizeInUse: 1n, quota: undefined },
});
const facts = {
  ...{ member: bad, members, seenHealthy: false, reason: undefined },
  statuses: [status("kube-etcd-0", "leader"), status("kube-etcd-2", "follower")],
  lookAtMember: (member: string) => `look at ${member}`,
};

describe("whether a repair is what is needed", () => {
  it.each([
    ["the others have the quorum and the member is silent", {}, undefined],
    ["no quorum beside it", { statuses: [status("kube-etcd-0", "no-leader")] }, "repair-no-quorum"],
    [
      "only it and one other",
      { statuses: [status("kube-etcd-0", "leader"), status(bad, "follower")] },
      "repair-no-quorum",
    ],
    ["it answers", { statuses: [...facts.statuses, status(bad, "follower")] }, "repair-healthy"],
    ["it only learns", { statuses: [...facts.statuses, status(bad, "learner")] }, undefined],
    ["the others reach it", { seenHealthy: true }, "repair-healthy"],
    ["it is healthy, and there is a reason", { seenHealthy: true, reason: "its disk is old" }, undefined],
    [
      "of five, another is silent",
      {
        members: [...members, "kube-etcd-3", "kube-etcd-4"],
        statuses: [...facts.statuses, status("kube-etcd-3", "follower")],
      },
      "repair-other-silent",
    ],
  ])("%s", (_, change, code) => {
    const refusal = judgeRepairNeed({ ...facts, ...change });
    expect(refusal?.code).toBe(code);
    if (refusal !== undefined) expect(refusal.kind).toBe("refused");
  });

  it("counts in the sentence as etcd does", () => {
    const none = judgeRepairNeed({ ...facts, statuses: [] });
    expect(none?.message).toBe(
      "restore.repair: beside kube-etcd-1, 0 of 3 members have a quorum; a repair needs 2",
    );
    expect(none?.remedy).toContain("restore.snapshot");
  });

  it("refuses a store that takes no writes, and a volume without room for the new data", () => {
    expect(judgeRepairAlarms("memberID:1 alarm:NOSPACE\n")?.code).toBe("repair-no-space-alarm");
    expect(judgeRepairAlarms("")).toBeUndefined();
    const size = 1000n;
    const needed = 1000 + 2 * 67_108_864;
    expect(judgeRepairSpace({ member: bad, available: needed, size })).toBeUndefined();
    expect(judgeRepairSpace({ member: bad, available: needed - 1, size })?.message).toContain(
      `needs ${needed}`,
    );
  });
});

describe("etcd's list of members", () => {
  const text = `8e9e05c52164694d, started, kube-etcd-0, https://a:2380,https://b:2380, https://a:2379, false
91bc3c398fb3c146, unstarted, , https://c:2380, , false
fd422379fda50e48, started, kube-etcd-2, https://d:2380, https://d:2379, true
not a member
`;
  const list = parseMemberList(text);

  it("is read, a member that has never started too", () => {
    expect(
      list.map(({ id, status: is, name, peerUrls, learner }) => [id, is, name, peerUrls, learner]),
    ).toEqual([
      ["8e9e05c52164694d", "started", "kube-etcd-0", "https://a:2380,https://b:2380", false],
      ["91bc3c398fb3c146", "unstarted", "", "https://c:2380", false],
      ["fd422379fda50e48", "started", "kube-etcd-2", "https://d:2380", true],
    ]);
    expect(parseMemberList("1a, unstarted, , https://c:2380, ")).toMatchObject([
      { peerUrls: "https://c:2380" },
    ]);
  });

  it("knows the old member by name or address, and its successor by address", () => {
    expect(memberOf(list, { name: "kube-etcd-2", peerUrl: "https://x:2380" })?.id).toBe("fd422379fda50e48");
    expect(memberOf(list, { name: bad, peerUrl: "https://c:2380" })?.id).toBe("91bc3c398fb3c146");
    expect(successorOf(list, { peerUrl: "https://c:2380", oldMember: "91bc3c398fb3c146" })).toBeUndefined();
    expect(successorOf(list, { peerUrl: "https://c:2380", oldMember: "1" })?.id).toBe("91bc3c398fb3c146");
  });

  it("gives the new member every address of its own", () => {
    const peerUrl = "https://a:2380,https://b:2380";
    expect(initialClusterOf(list, { name: "kube-etcd-0", peerUrl, oldMember: "8e9e05c52164694d" })).toMatch(
      /,kube-etcd-0=https:\/\/a:2380,kube-etcd-0=https:\/\/b:2380$/,
    );
  });

  it("gives the new member every address of the others", () => {
    expect(initialClusterOf(list, { name: bad, peerUrl: "https://c:2380", oldMember: undefined })).toBe(
      `kube-etcd-0=https://a:2380,kube-etcd-0=https://b:2380,kube-etcd-2=https://d:2380,${bad}=https://c:2380`,
    );
  });
});

describe("preflight and guard of a repair", () => {
  const refusal = async (fake: RepairFake, act = guardRepair) =>
    act(fake.context()).then(
      () => undefined,
      (error: unknown) => error as Error,
    );

  it("both refuse a healthy member with the same code, and the lock is not taken", async () => {
    const fake = new RepairFake();
    fake.substrate.etcd.member(bad).silent = false;
    for (const act of [preflightRepair, guardRepair]) {
      const error = await refusal(fake, act);
      expect(error).toBeInstanceOf(RefusedError);
      expect(error?.message).toContain(`${bad} is healthy: there is nothing to repair`);
    }
    expect(fake.substrate.calls.of(/ledger.write/)).toEqual([]);
  });

  it("goes on with a reason, and writes it down in one line", async () => {
    const fake = new RepairFake();
    fake.substrate.etcd.member(bad).silent = false;
    await guardRepair(fake.context({ reason: "its disk\nis old" }));
    expect(fake.substrate.record.reason).toBe("its disk is old");
  });

  it("refuses where the volume has no room, was used under this id, or the ledger is another's", async () => {
    const full = new RepairFake();
    full.substrate.volumes.volume(bad).available = 1000;
    const used = new RepairFake();
    used.substrate.volumes.volume(bad).marks.add("undone");
    const held = new RepairFake();
    held.open({ id: "r0", phase: "quiesced" });
    for (const [fake, sentence] of [
      [full, "its volume has 1000 bytes free"],
      [used, "restore.id: r1 was used before on the volume of kube-etcd-1"],
      [held, "restore r0 of this cluster is under way"],
    ] as const) {
      const error = await refusal(fake);
      expect(error).toBeInstanceOf(RefusedError);
      expect(error?.message).toContain(sentence);
      expect(fake.substrate.calls.of(/ledger.write/)).toEqual([]);
    }
  });

  it("keeps what an earlier restore added to the revision", async () => {
    const fake = new RepairFake();
    const record = fakeRecord(fake.substrate, { id: "r0", phase: "finished", revision: "42", bump: "1000" });
    fake.substrate.setRecord(record);
    await guardRepair(fake.context());
    expect(fake.substrate.record).toMatchObject({
      id: "r1",
      revision: "42",
      bump: "1000",
      liveRevision: "1000",
    });
  });

  it("finds what its earlier run found, and asks nothing against it", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "swapped", newMember: "abc" });
    fake.substrate.etcd.member(bad).silent = false;
    expect(await guardRepair(fake.context())).toMatchObject({ oldMember: "222" });
    expect(await preflightRepair(fake.context())).toEqual({ nodes: {} });
    fake.substrate.judgement = { ...fake.substrate.judgement, like: { tolerations: [] } };
    expect(await preflightRepair(fake.context())).toEqual({ nodes: {}, like: { tolerations: [] } });
  });

  it("says first what the substrate refuses", async () => {
    const fake = new RepairFake();
    const judgement = fake.substrate.judgement;
    fake.substrate.judgement = { ...judgement, refusals: [refused("x", "not allowed in namespace uc1")] };
    expect((await refusal(fake, preflightRepair))?.message).toContain("not allowed");
    expect(fake.substrate.calls.of(/^etcd/)).toEqual([]);
  });

  it("refuses a name that is no member", async () => {
    const fake = new RepairFake();
    await expect(preflightRepair(fake.context({ repair: "kube-etcd-9" }))).rejects.toThrow(
      "restore.repair: kube-etcd-9: not a member of this cluster. Choose one of: kube-etcd-0, kube-etcd-1, kube-etcd-2",
    );
  });
});
