import { afterEach, describe, expect, it } from "vitest";
import { release } from "../../../components/procedure/acts/release";
import { adoptMember } from "../../../components/procedure/acts/repair/adoptMember";
import { awaitMember } from "../../../components/procedure/acts/repair/awaitMember";
import { guardRepair } from "../../../components/procedure/acts/repair/guardRepair";
import { holdMember } from "../../../components/procedure/acts/repair/holdMember";
import { preflightRepair } from "../../../components/procedure/acts/repair/preflightRepair";
import { replaceMember } from "../../../components/procedure/acts/repair/replaceMember";
import { seedMember } from "../../../components/procedure/acts/repair/seedMember";
import { undoRepair } from "../../../components/procedure/acts/repair/undoRepair";
import { verifyMember } from "../../../components/procedure/acts/repair/verifyMember";
import { perform } from "../../support/fakeSubstrate";
import { bad, peerUrl, RepairFake } from "./repairScene";

/** These members give no answer for a moment. */
function silentFor(fake: RepairFake, ms: number, ...members: string[]): void {
  const silence = (silent: boolean) => {
    for (const name of members) fake.substrate.etcd.member(name).silent = silent;
  };
  silence(true);
  setTimeout(() => silence(false), ms);
}

afterEach(() => {
  delete process.env.STATUS_SECONDS;
});

describe("the repair of one member", () => {
  it("goes its whole way, and writes each phase before its effect", async () => {
    const fake = new RepairFake();
    const context = fake.context();
    expect(await perform("preflight", preflightRepair, context)).toMatchObject({ liveRevision: "1000" });
    expect(await perform("guard", guardRepair, context)).toEqual({ oldMember: "222", peerUrl });
    expect(fake.substrate.record).toMatchObject({
      kind: "repair",
      phase: "open",
      member: bad,
      oldMember: "222",
    });
    await perform("hold-member", holdMember, context);
    expect(await perform("replace-member", replaceMember, context)).toEqual({
      oldMember: "222",
      newMember: "abc",
    });
    await perform("seed-member", seedMember, context);
    await perform("adopt-member", adoptMember, context);
    fake.join();
    await perform("await-member", awaitMember, context);
    const verdict = await perform("verify-member", verifyMember, context);
    expect(verdict).toMatchObject({ member: bad, revision: "1000", newMember: "abc", oldMember: "222" });
    expect(verdict?.members).toEqual(
      ["kube-etcd-0", bad, "kube-etcd-2"].map((name) => ({ name, hashKV: "77" })),
    );
    const effects =
      /^(ledger.write|volumes.run \S+ (hold|adopt)|repair.end|etcd.run \S+ member (remove|add)|volumes.release)/;
    expect(fake.substrate.calls.of(effects).map((call) => call.split(" at ")[0])).toEqual([
      "ledger.write open",
      "ledger.write quiesced",
      `volumes.run ${bad} hold`,
      `repair.endInstance ${bad} held`,
      `volumes.run ${bad} hold`,
      "etcd.run kube-etcd-2 member remove 222",
      `etcd.run kube-etcd-2 member add ${bad} --peer-urls=${peerUrl}`,
      "ledger.write quiesced",
      `repair.endInstance ${bad} held`,
      "ledger.write swapped",
      `volumes.run ${bad} adopt`,
      `volumes.release ${bad}`,
      `repair.endInstance ${bad}`,
      "ledger.write started",
    ]);
  });

  it("asks the others alone to change etcd's list, and repeats nothing that has happened", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "quiesced" });
    let lost = true;
    fake.substrate.calls.after(/member (remove|add)/, () => {
      if (lost) throw new Error("the answer was lost");
    });
    const done = replaceMember(fake.context());
    await new Promise((resolve) => setTimeout(resolve, 1500));
    lost = false;
    expect(await done).toMatchObject({ newMember: "abc" });
    expect(fake.substrate.calls.of(/member add/)).toHaveLength(1);
    expect(fake.substrate.calls.of(/member remove/)).toHaveLength(1);
    expect(fake.substrate.record.newMember).toBe("abc");
  });

  it("makes a seed of the new identity, in an instance without one from before", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "quiesced", newMember: "abc" });
    fake.replace();
    fake.repair.seeds.push({ directory: "of before", initialCluster: "", peerUrl });
    let asked = 0;
    fake.substrate.volumes.answers.set("seeded", () => (++asked < 3 ? "waiting\n" : "seeded\n"));
    await seedMember(fake.context());
    const cluster = `kube-etcd-0=https://kube-etcd-0.kube-etcd:2380,kube-etcd-2=https://kube-etcd-2.kube-etcd:2380,${bad}=${peerUrl}`;
    expect(fake.substrate.calls.of(/^repair.(end|await|start)/)).toEqual([
      `repair.endInstance ${bad} held`,
      `repair.awaitInstance ${bad}`,
      `repair.startSeed ${bad} member.seed-r1 ${cluster}`,
      `repair.endInstance ${bad} held`,
    ]);
  });

  it("says what a seed said that failed", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "quiesced", newMember: "abc" });
    fake.substrate.volumes.answers.set("seeded", () => "waiting\n");
    fake.repair.ended = true;
    await expect(seedMember(fake.context())).rejects.toThrow(
      `${bad}: its seed has not begun: its last words. look at member ${bad}; then 'pulumi up' tries again.`,
    );
  });

  it("asks again where another has no leader for a moment", async () => {
    const fake = new RepairFake();
    const other = fake.substrate.etcd.member("kube-etcd-2");
    other.role = "no-leader";
    setTimeout(() => {
      other.role = undefined;
    }, 500);
    expect(await perform("preflight", preflightRepair, fake.context())).toMatchObject({
      liveRevision: "1000",
    });
  });

  it.each([
    ["holds the member", holdMember, { phase: "open" }],
    ["replaces it", replaceMember, { phase: "quiesced" }],
  ] as const)("%s although another answers late, as on a busy machine", async (_, act, record) => {
    const fake = new RepairFake();
    fake.open(record);
    silentFor(fake, 400, "kube-etcd-2");
    await expect(act(fake.context())).resolves.toBeDefined();
  });

  it("asks once more for the list that no member gave", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "quiesced", newMember: "abc" });
    fake.replace();
    let asked = 0;
    fake.substrate.volumes.answers.set("seeded", () => (++asked < 2 ? "waiting\n" : "seeded\n"));
    silentFor(fake, 400, "kube-etcd-0", "kube-etcd-2");
    await seedMember(fake.context());
    expect(fake.repair.seeds).toEqual([]);
    expect(fake.substrate.calls.of(/startSeed/)).toHaveLength(1);
  });

  it("changes nothing more while another member is silent", async () => {
    process.env.STATUS_SECONDS = "0.3";
    const fake = new RepairFake();
    fake.open({ phase: "open" });
    fake.substrate.etcd.member("kube-etcd-2").role = "learner";
    await expect(perform("hold-member", holdMember, fake.context())).rejects.toThrow(
      `etcd: kube-etcd-2 does not take part in the quorum: nothing more is changed while ${bad} is bad`,
    );
    expect(fake.substrate.record.phase).toBe("open");
    expect(fake.substrate.calls.of(/volumes.run|repair\./)).toEqual([]);
  });

  it("is not done twice by two stacks: what is beyond an act does nothing", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "started", newMember: "abc" });
    for (const [name, act] of [
      ["hold-member", holdMember],
      ["replace-member", replaceMember],
      ["seed-member", seedMember],
      ["adopt-member", adoptMember],
    ] as const)
      expect(await perform(name, act, fake.context())).toBeUndefined();
    expect(fake.substrate.calls.of(/^(volumes|repair|etcd)/)).toEqual([]);
  });

  it.each([
    ["a member that has not started", () => undefined, "etcd: member abc has not started as"],
    [
      "contents that differ",
      (fake: RepairFake) => {
        fake.join();
        fake.substrate.etcd.member(bad).hash = "13";
      },
      "the members' contents differ at revision 1000",
    ],
    [
      "an alarm",
      (fake: RepairFake) => {
        fake.join();
        fake.substrate.etcd.alarms = "memberID:1 alarm:NOSPACE";
      },
      "etcd: alarm memberID:1 alarm:NOSPACE",
    ],
  ])("is not verified with %s", async (_, arrange, sentence) => {
    const fake = new RepairFake();
    fake.open({ phase: "started", newMember: "abc" });
    fake.replace();
    arrange(fake);
    process.env.HASH_SECONDS = "0.3";
    try {
      await expect(verifyMember(fake.context())).rejects.toThrow(sentence);
    } finally {
      delete process.env.HASH_SECONDS;
    }
  });
});

it("a repair lets go of its member's volume alone, whatever else could be held", async () => {
  const fake = new RepairFake();
  fake.open({ phase: "committed" });
  fake.join();
  for (const name of ["kube-etcd-0", bad]) fake.substrate.volumes.holding.add(name);
  await release(fake.context());
  expect(fake.substrate.calls.of(/^volumes.run/)).toEqual([`volumes.run ${bad} release`]);
  expect(fake.substrate.record.phase).toBe("finished");
});

describe("undo of a repair", () => {
  const times = (...phases: string[]) =>
    Object.fromEntries(phases.map((phase) => [phase, "2026-01-01T00:00:00Z"]));

  it("puts the previous data back while etcd still knows the old id", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "quiesced", times: times("open", "quiesced") });
    const context = fake.context();
    await undoRepair(context);
    expect(fake.substrate.record.phase).toBe("undone");
    expect(fake.substrate.calls.of(/^(ledger.write|volumes.run|volumes.release|repair)/)).toEqual([
      `volumes.run ${bad} state`,
      "ledger.write undoing",
      `volumes.run ${bad} unhold`,
      `volumes.release ${bad}`,
      `repair.endInstance ${bad}`,
      `volumes.release ${bad}`,
      "ledger.write undone",
    ]);
    expect(context.lines).toEqual([`${bad}: previous data back`]);
  });

  it("says that a member whose id etcd has removed stays out, and how to go on", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "quiesced", times: times("open", "quiesced"), newMember: "abc" });
    fake.list = fake.list.filter(({ id }) => id !== "222");
    const context = fake.context();
    await undoRepair(context);
    expect(context.lines.join("\n")).toMatch(
      /never takes a removed id back.*\n.*restore.id r1-2 && pulumi up/,
    );
  });

  it("keeps a member that has joined under its new id", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "started", times: times("open", "quiesced", "swapped", "started"), newMember: "abc" });
    fake.replace();
    fake.join();
    const context = fake.context();
    await undoRepair(context);
    expect(context.lines.join("\n")).toContain("has joined as abc and stays");
    expect(fake.substrate.calls.of(/unhold|repair.end/)).toEqual([]);
    expect(fake.substrate.record.phase).toBe("undone");
  });

  it("keeps one that has joined also where it answers late: its previous data would make it bad again", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "started", times: times("open", "quiesced", "swapped", "started"), newMember: "abc" });
    fake.replace();
    fake.join();
    silentFor(fake, 400, bad);
    await undoRepair(fake.context());
    expect(fake.substrate.calls.of(/unhold|repair.end/)).toEqual([]);
  });

  it("changes nothing when etcd or the volume could not be asked", async () => {
    process.env.STATUS_SECONDS = "0.3";
    const silent = new RepairFake();
    silent.open({ phase: "quiesced", times: times("open", "quiesced") });
    for (const member of silent.substrate.etcd.of.values()) member.silent = true;
    await expect(undoRepair(silent.context())).rejects.toThrow("Nothing is changed.");
    const unreachable = new RepairFake();
    unreachable.open({ phase: "quiesced", times: times("open", "quiesced") });
    unreachable.substrate.volumes.unreachable.set(bad, new Error("its node is gone"));
    await expect(undoRepair(unreachable.context())).rejects.toThrow("its data stays as it is");
    for (const { substrate } of [silent, unreachable]) {
      expect(substrate.record.phase).toBe("quiesced");
      expect(substrate.calls.of(/^(ledger.write|repair)/)).toEqual([]);
    }
  });

  it("is not done without the member's own machine; another one's absence is the others' matter", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "quiesced", times: times("open", "quiesced") });
    const without = (name: string) => {
      const context = fake.context();
      return { ...context, substrate: Object.assign(context.substrate, { absent: [name] }) };
    };
    await expect(undoRepair(without(bad))).rejects.toThrow(
      `repair r1 is of ${bad}, which is to be left out: what it has changed lies there alone`,
    );
    expect(fake.substrate.record.phase).toBe("quiesced");
    await undoRepair(without("kube-etcd-0"));
    expect(fake.substrate.record.phase).toBe("undone");
  });

  it.each([
    ["undoing", "undone"],
    ["committed", "finished"],
  ] as const)(
    "ends a ledger that is %s last: a run that is killed while it tidies is done again",
    async (phase, end) => {
      const fake = new RepairFake();
      fake.open({ phase, times: times("open", "quiesced", phase) });
      const whileTidied: string[] = [];
      fake.substrate.calls.before(/^volumes.clean/, () => whileTidied.push(fake.substrate.record.phase));
      await undoRepair(fake.context());
      expect(whileTidied).toEqual([phase]);
      expect(fake.substrate.record.phase).toBe(end);
    },
  );

  it("has nothing to put back before the first change, and nothing of another's ledger", async () => {
    const fake = new RepairFake();
    fake.open({ phase: "open", times: times("open") });
    await undoRepair(fake.context());
    expect(fake.substrate.record.phase).toBe("undone");
    expect(fake.substrate.calls.of(/volumes.run|repair\./)).toEqual([]);
    const others = new RepairFake();
    others.open({ id: "r0", phase: "quiesced", times: times("open", "quiesced") });
    const context = others.context();
    await undoRepair(context);
    expect(context.lines).toEqual([
      "the ledger is of repair r0 (it is quiesced), not of repair r1: nothing to undo",
    ]);
    expect(others.substrate.record).toMatchObject({ id: "r0", phase: "quiesced" });
  });
});
