import { describe, expect, it } from "vitest";
import { RefusedError } from "../../../components/errors";
import { removePrevious } from "../../../components/procedure/acts/removePrevious";
import { ledgerFields } from "../../../components/procedure/ledgerFormat";
import { reached } from "../../../components/procedure/ledgerRecord";
import { FakeSubstrate, fakeContext, fakeRecord } from "../../support/fakeSubstrate";

function scene() {
  const substrate = new FakeSubstrate();
  substrate.setRecord(fakeRecord(substrate, { id: "r0", phase: "finished" }));
  for (const volume of substrate.volumes.of.values())
    volume.previous.set("r0", { clusterId: 1n, revision: 9n });
  const context = fakeContext(substrate, {
    operation: "finalize",
    id: "f1",
    request: { finalize: "r0", utilityImage: "i" },
  });
  return { substrate, context };
}
const removals = /volumes.run \S+ finalize|ledger.write/;

describe("defect 17: what a restore put aside is removed while etcd is shown to be healthy", () => {
  it("removes it from every volume, and marks the ledger before and after", async () => {
    const { substrate, context } = scene();
    const freed = Object.fromEntries(substrate.members.map(({ name }) => [name, 4096]));
    expect(await removePrevious(context)).toEqual({ finalized: "r0", freed });
    expect(substrate.record).toMatchObject({ id: "r0", phase: "finished" });
    for (const mark of ["finalizing", "finalized"]) expect(reached(substrate.record, mark)).toBe(true);
    const [first, ...rest] = substrate.calls.of(removals);
    expect(first).toBe("ledger.write finished");
    expect(rest.at(-1)).toBe("ledger.write finished");
    expect(substrate.calls.of(/finalize$/)).toHaveLength(3);
  });

  it("removes what an undone restore had swapped in, too", async () => {
    const { substrate, context } = scene();
    substrate.setRecord(fakeRecord(substrate, { id: "r0", phase: "undone" }));
    expect(await removePrevious(context)).toMatchObject({ freed: { "kube-etcd-0": 4096 } });
    expect(substrate.record?.phase).toBe("undone");
    expect(reached(substrate.record, "finalized")).toBe(true);
  });

  it("does nothing a second time, and says when it was done", async () => {
    const { substrate, context } = scene();
    await removePrevious(context);
    const before = substrate.calls.of(removals).length;
    expect(await removePrevious(context)).toMatchObject({ finalized: "r0", freed: { "kube-etcd-0": 0 } });
    expect(substrate.calls.of(removals)).toHaveLength(before);
    expect(context.lines.at(-1)).toMatch(/what restore r0 put aside was removed at \d{4}-/);
  });

  it("goes on after a removal that broke off", async () => {
    const { substrate, context } = scene();
    substrate.calls.before(
      /kube-etcd-1 finalize/,
      () => {
        throw new Error("its node is gone");
      },
      1,
    );
    await expect(removePrevious(context)).rejects.toThrow("its node is gone");
    expect(reached(substrate.record, "finalizing")).toBe(true);
    expect(reached(substrate.record, "finalized")).toBe(false);
    expect(await removePrevious(context)).toMatchObject({ freed: { "kube-etcd-1": 4096 } });
    expect(reached(substrate.record, "finalized")).toBe(true);
  });

  it("removes nothing when a roll-back is opened at the same moment, and says of no data that it is gone", async () => {
    const { substrate, context } = scene();
    const open = fakeRecord(substrate, { id: "r1", rollback: "r0", phase: "open" });
    // the roll-back takes the lock between the judgement and the mark
    substrate.calls.before(
      /ledger.writePast/,
      () => {
        substrate.setRecord(open);
      },
      1,
    );
    await substrate.ledger.archive(ledgerFields(fakeRecord(substrate, { id: "r0", phase: "finished" })));
    substrate.setRecord(fakeRecord(substrate, { id: "r2", phase: "finished" }));
    await expect(removePrevious(context)).rejects.toThrow("nothing is removed meanwhile");
    expect(substrate.calls.of(/finalize$/)).toEqual([]);
    expect(await context.ledger.kept()).toContain("r0");
  });

  it.each([
    [
      "a member that does not answer",
      ({ etcd }: FakeSubstrate) => {
        etcd.member("kube-etcd-2").silent = true;
      },
      "not in the quorum: kube-etcd-2",
    ],
    [
      "a member that only learns",
      ({ etcd }: FakeSubstrate) => {
        etcd.member("kube-etcd-2").role = "learner";
      },
      "not in the quorum: kube-etcd-2",
    ],
    [
      "another restore that is open",
      (substrate: FakeSubstrate) => {
        substrate.setRecord(fakeRecord(substrate, { id: "r9", phase: "swapped" }));
      },
      "restore r9 of this cluster is under way",
    ],
    [
      "a restore that is being undone",
      (substrate: FakeSubstrate) => {
        substrate.setRecord(fakeRecord(substrate, { id: "r0", phase: "undoing" }));
      },
      "restore r0",
    ],
    [
      "a restore that nobody knows",
      (substrate: FakeSubstrate) => {
        substrate.setRecord(fakeRecord(substrate, { id: "r8", phase: "finished" }));
      },
      "restore.finalize: this cluster has no restore r0; restores with previous data: r8",
    ],
  ])("removes nothing with %s", async (_, arrange, sentence) => {
    const { substrate, context } = scene();
    arrange(substrate);
    const error = await removePrevious(context).catch((cause: unknown) => cause as Error);
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain(sentence);
    expect(substrate.calls.of(removals)).toEqual([]);
  });

  it("removes nothing while a member holds something else than the others", async () => {
    const { substrate, context } = scene();
    substrate.etcd.member("kube-etcd-1").hash = "13";
    process.env.HASH_SECONDS = "0.3";
    const error = await removePrevious(context).catch((cause: unknown) => cause as Error);
    delete process.env.HASH_SECONDS;
    expect((error as Error).message).toContain("kube-etcd-1 has hash 13");
    expect(substrate.calls.of(removals)).toEqual([]);
  });

  it("removes nothing when a volume could not be asked", async () => {
    const { substrate, context } = scene();
    substrate.volumes.unreachable.set("kube-etcd-2", new Error("no utility Pod is running"));
    await expect(removePrevious(context)).rejects.toThrow("no utility Pod is running");
    expect(substrate.calls.of(removals)).toEqual([]);
  });
});
