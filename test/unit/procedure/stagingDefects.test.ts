import { describe, expect, it } from "vitest";
import { FailedError } from "../../../components/errors";
import type { Request, SnapshotRequest } from "../../../components/procedure/request";
import { MemberScriptError } from "../../../components/procedure/substrate";
import { apiError } from "../../support/fakeErrors";
import { FakeSubstrate, fakeRecord, fakeRequest, snapshotDigest } from "../../support/fakeSubstrate";
import { first, given, Steps } from "./stagingSteps";

const otherDigest = "b".repeat(64);
const other: Request = {
  ...given,
  snapshot: {
    ...(given.snapshot as SnapshotRequest),
    path: "/snapshots/b.db",
    sha256: otherDigest,
    revision: "50",
  },
};

describe("defect 1: a changed snapshot under the same id", () => {
  it("is staged anew while the ledger is open: file, ledger and volume agree", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    steps.request = other;
    await steps.run("bind-snapshot");
    for (const { name } of steps.substrate.members) {
      await steps.run("transfer", name);
      await steps.run("stage", name);
    }
    await steps.run("confirm");
    expect(steps.substrate.record).toMatchObject({ snapshot: otherDigest, revision: "50" });
    for (const { name } of steps.substrate.members)
      expect(steps.substrate.volumes.volume(name).staged?.sha256).toBe(otherDigest);
  });

  it("is not sent beside the one before: a larger one would take the room of the etcd that serves", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    const large = 4 * 2 ** 30;
    steps.request = { ...other, snapshot: { ...(other.snapshot as SnapshotRequest), sizeBytes: large } };
    await steps.run("bind-snapshot");
    const volume = steps.substrate.volumes.volume(first);
    volume.available = large;
    expect(await steps.fails("transfer", first)).toBe("volume-full");
    expect(volume.staged).toBeUndefined();
    expect(steps.substrate.calls.of(/send .* receive .snapshots.b.db/)).toEqual([]);
    volume.available = 3 * large;
    await steps.run("transfer", first);
    expect(volume.received).toBe(otherDigest);
  });

  it("a member that was not staged anew is found by the last look, and is", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    steps.request = other;
    await steps.run("bind-snapshot");
    await steps.run("confirm");
    for (const { name } of steps.substrate.members)
      expect(steps.substrate.volumes.volume(name).staged?.sha256).toBe(otherDigest);
    expect(steps.lines).toContain(`${first}: another snapshot, or another bump, is staged: once more`);
  });

  it("is not sent, staged or confirmed where the ledger has another", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    steps.request = other;
    expect(await steps.fails("transfer", first)).toBe("snapshot-changed");
    expect(await steps.fails("stage", first)).toBe("snapshot-changed");
    expect(await steps.fails("confirm")).toBe("snapshot-changed");
  });

  it("takes the place of a roll-back, while the ledger is open", async () => {
    const steps = new Steps();
    await steps.run("guard");
    steps.substrate.setRecord({ ...steps.substrate.record, rollback: "r0", source: first });
    await steps.run("bind-snapshot");
    const { rollback, source, snapshot } = steps.substrate.record;
    expect({ rollback, source, snapshot }).toEqual({
      ...{ rollback: undefined, source: undefined },
      snapshot: snapshotDigest,
    });
  });

  it("keys that came or went on the way are refused while their swap is still to come", async () => {
    const steps = new Steps();
    const pki = `${first}=${snapshotDigest}`;
    steps.substrate.setRecord(fakeRecord(steps.substrate, { phase: "swapped", pki }));
    expect(await steps.fails("bind-snapshot")).toBe("pki-changed");
    const bundles = [{ member: first, file: "f", bytes: 1, sha256: snapshotDigest }];
    steps.request = fakeRequest({ pki: { directory: "/b", bundles } });
    expect(await steps.run("bind-snapshot")).toBeUndefined();
    expect(await steps.run("transfer", first)).toBeUndefined();
  });

  it("a quarantine that came on the way is not confirmed", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    steps.request = fakeRequest({ quarantine: ["a/Deployment/x"] });
    expect(await steps.fails("confirm")).toBe("quarantine-changed");
    expect(steps.substrate.record.phase).toBe("open");
  });

  it.each(["staged", "quiesced", "swapped", "committed", "finished"] as const)(
    "is refused once the ledger is %s",
    async (phase) => {
      const steps = new Steps();
      steps.substrate.setRecord(fakeRecord(steps.substrate, { phase }));
      expect(await steps.run("bind-snapshot")).toBeUndefined();
      expect(await steps.run("stage", first)).toBeUndefined();
      steps.request = other;
      for (const name of ["bind-snapshot", "transfer", "stage"] as const)
        expect(await steps.fails(name, first)).toBe("snapshot-changed");
      expect(steps.substrate.calls.of(/volumes|write/)).toEqual([]);
    },
  );
});

describe("defect 17: room on a volume", () => {
  it("half of a transfer that was cut does not count as taken: it goes", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    const { volumes, calls } = steps.substrate;
    const volume = volumes.volume(first);
    volume.available = 2 ** 20;
    calls.after(/kube-etcd-0 clear/, () => {
      volume.available = 10 * 2 ** 30;
    });
    await steps.run("transfer", first);
    expect(volume.received).toBe(snapshotDigest);
  });
});

describe("defect 5: a living quorum is asked about again", () => {
  it("in the last look: exit 3, nothing is written", async () => {
    const substrate = new FakeSubstrate();
    for (const member of substrate.etcd.of.values()) member.role = "no-leader";
    const clusterUid = "11111111-aaaa";
    const steps = new Steps(substrate, fakeRequest({ clusterUid }));
    await steps.untilStaged();
    for (const member of substrate.etcd.of.values()) member.role = undefined;
    await expect(steps.run("confirm")).rejects.toMatchObject({
      name: "RefusedError",
      refusal: { code: "quorum-alive", kind: "refused" },
    });
    expect(substrate.record.phase).toBe("open");
    steps.request = { ...given, clusterUid };
    await steps.run("confirm");
    expect(substrate.record).toMatchObject({ phase: "staged", reason: "wrong data" });
  });

  it("what users wrote meanwhile is below the bump, or the restore is not gone on with", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    const data = [...steps.substrate.volumes.of.values()].flatMap(({ live }) => live ?? []);
    for (const live of data) live.revision = 1_000_000_042n;
    expect(await steps.fails("confirm")).toBe("bump-behind");
    for (const live of data) live.revision = 5000n;
    await steps.run("confirm");
    expect(steps.substrate.record.liveRevision).toBe("5000");
  });
});

describe("defect 7: staged data that is gone is staged anew", () => {
  it("by the last look", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    steps.substrate.volumes.volume("kube-etcd-1").staged = undefined;
    await steps.run("confirm");
    expect(steps.substrate.volumes.volume("kube-etcd-1").staged?.sha256).toBe(snapshotDigest);
    expect(steps.lines).toContain(
      "kube-etcd-1: its staged data is not there: nothing is staged on this volume: once more",
    );
    expect(steps.substrate.calls.of(/^volumes.send/)).toHaveLength(4);
  });

  it("by the step that restores, when the snapshot has gone", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    await steps.run("transfer", first);
    steps.substrate.volumes.volume(first).received = undefined;
    expect(await steps.run("stage", first)).toMatchObject({ member: first, sha256: snapshotDigest });
  });

  it("by the step that restores, when what is there is not what was sent; once", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    await steps.run("transfer", first);
    const torn = () => {
      steps.substrate.volumes.volume(first).received = undefined;
      throw new MemberScriptError(first, 75, "the received snapshot is not the announced one");
    };
    steps.substrate.calls.before(/^volumes.run \S+ stage$/, torn, 1);
    expect(await steps.run("stage", first)).toMatchObject({ sha256: snapshotDigest });
    steps.substrate.volumes.volume(first).staged = undefined;
    steps.substrate.calls.before(/^volumes.run \S+ stage$/, torn);
    expect(await steps.fails("stage", first)).toBe("stage-not-announced");
  });

  it("could not ask is not taken for not there", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    steps.substrate.volumes.unreachable.set("kube-etcd-1", new Error("connection reset"));
    expect(await steps.fails("confirm")).toBe("connection reset");
    expect(steps.substrate.record.phase).toBe("open");
  });

  it("without the snapshot the way out is named", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    steps.request = { reason: "wrong data" };
    expect(await steps.run("confirm")).toBeDefined();
    steps.substrate.setRecord({ ...steps.substrate.record, phase: "open" });
    steps.substrate.volumes.volume(first).staged = undefined;
    expect(await steps.fails("confirm")).toBe("no-source");
  });
});

describe("faults row 38: the network is gone in a transfer", () => {
  /** The first try is cut, and then the ledger cannot be asked so many times. */
  const cutOff = async (times: number) => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    const { calls } = steps.substrate;
    calls.before(
      /^volumes.send/,
      () => {
        calls.before(
          /^ledger.read/,
          () => {
            throw apiError("timeout", "no answer from https://admin within 30 s");
          },
          times,
        );
        throw new FailedError("The transfer has not moved for 120 s.");
      },
      1,
    );
    return steps;
  };

  it("a question that is not answered is a try that failed", async () => {
    const steps = await cutOff(1);
    expect(await steps.run("transfer", first)).toEqual({ member: first, sha256: snapshotDigest });
    expect(steps.lines.filter((line) => line.includes("once more"))).toEqual([
      expect.stringContaining("try 1 failed, once more (The transfer has not moved"),
      expect.stringContaining("try 2 failed, once more (no answer from https://admin"),
    ]);
    expect(steps.substrate.calls.of(/^volumes.send/)).toHaveLength(2);
  });

  it("ends with what was being done, and sends nothing unasked", async () => {
    const steps = await cutOff(Number.POSITIVE_INFINITY);
    await expect(steps.run("transfer", first)).rejects.toThrow(
      "member kube-etcd-0: the snapshot did not arrive whole in 3 tries: no answer from https://admin within 30 s",
    );
    expect(steps.substrate.calls.of(/^volumes.send/)).toHaveLength(1);
  });
});
