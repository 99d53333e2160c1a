import { describe, expect, it } from "vitest";
import { ledgerFields } from "../../../components/procedure/ledgerFormat";
import type { LedgerRecord } from "../../../components/procedure/ledgerRecord";
import type { SnapshotRequest } from "../../../components/procedure/request";
import { MemberScriptError } from "../../../components/procedure/substrate";
import { FakeSubstrate, fakeRecord, snapshotDigest } from "../../support/fakeSubstrate";
import { first, given, Steps } from "./stagingSteps";

const otherDigest = "b".repeat(64);

describe("staging", () => {
  it("binds, sends, restores and confirms", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    expect(await steps.run("confirm")).toEqual({
      cluster: expect.stringMatching(/^[0-9a-f]+$/),
      replicas: { etcd: 3, apiServers: 3 },
    });
    expect(steps.substrate.record).toMatchObject({
      ...{
        phase: "staged",
        snapshot: snapshotDigest,
        revision: "42",
        bump: "1000000000",
        liveRevision: "1000",
      },
      ...{ serverVersion: "3.6.14", clusterUid: "11111111-aaaa", reason: "wrong data" },
      found: { quorum: true },
    });
    expect(steps.lines).toContain("kube-etcd-2: received 4096 bytes (zstd on the wire)");
    expect(steps.lines).toContain("kube-etcd-2: staged by etcdutl 3.6.14 of utilityImage");
    expect(steps.lines.at(-1)).toBe(
      "ledger: staged (etcd 3, API servers 3, controllers Deployment/kube-controller-manager (1), Deployment/kube-scheduler (1))",
    );
    // Nothing that existed was changed.
    expect(steps.substrate.calls.of(/workloads\.(stop|start)|budget/)).toEqual([]);
  });

  it("run again, finds everything done", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    const results = await Promise.all([
      steps.run("transfer", first),
      steps.run("stage", first),
      steps.run("confirm"),
    ]);
    const fields = steps.substrate.ledger.fields;
    const sent = steps.substrate.calls.of(/^volumes.send/).length;
    expect(await steps.run("confirm")).toEqual(results[2]);
    expect(steps.substrate.ledger.fields).toEqual(fields);
    expect(steps.substrate.calls.of(/^volumes.send/)).toHaveLength(sent);
    expect(sent).toBe(3);
    expect(steps.lines).toContain(`${first}: received before`);
    expect(steps.lines).toContain(`${first}: staged by an earlier run`);
    // From then on the steps of staging are past.
    expect(await steps.run("transfer", first)).toBeUndefined();
  });

  it("uses a codec that both ends have", async () => {
    const steps = new Steps();
    steps.substrate.volumes.ownCodecs = ["gzip"];
    steps.substrate.volumes.volume("kube-etcd-1").codec = "gzip";
    await steps.untilStaged();
    expect(steps.substrate.calls.of(/^volumes.send/)).toEqual([
      `volumes.send ${first} receive /snapshots/a.db none`,
      "volumes.send kube-etcd-1 receive /snapshots/a.db gzip",
      "volumes.send kube-etcd-2 receive /snapshots/a.db none",
    ]);
  });

  it("hands on the file of identities of a snapshot that is encrypted", async () => {
    const { snapshot } = given;
    if (snapshot === undefined) throw new TypeError("the request has no snapshot");
    const encrypted = { ...snapshot, path: "/snapshots/a.db.zst.age", identityFile: "/keys/mine.age" };
    const steps = new Steps(new FakeSubstrate(), { ...given, snapshot: encrypted });
    await steps.untilStaged();
    const sent = steps.substrate.calls.of(/^volumes.send/);
    expect(sent).toHaveLength(3);
    for (const line of sent)
      expect(line).toMatch(/ receive \/snapshots\/a\.db\.zst\.age zstd opened by \/keys\/mine\.age$/);
  });

  it("gives every member its own address, and one token", async () => {
    const steps = new Steps();
    const asked: (readonly string[])[] = [];
    steps.substrate.volumes.answers.set("stage", (_, argv) => {
      asked.push(argv);
      return undefined;
    });
    await steps.untilStaged();
    expect(asked[1]).toEqual([
      ...["r1", "etcdutl", "kube-etcd-1"],
      "kube-etcd-0=https://kube-etcd-0.kube-etcd:2380,kube-etcd-1=https://kube-etcd-1.kube-etcd:2380,kube-etcd-2=https://kube-etcd-2.kube-etcd:2380",
      ...[
        "etcd-recovery-uc1-etcd-recovery-r1",
        "https://kube-etcd-1.kube-etcd:2380",
        "1000000000",
        snapshotDigest,
      ],
    ]);
    expect(new Set(asked.map((argv) => argv[4])).size).toBe(1);
  });
});

describe("the revision that an earlier restore took clients to", () => {
  const served = { open: "2025-12-01T00:00:00Z", serving: "2025-12-01T00:01:00Z" };
  const edited = { id: "r0", phase: "finished", revision: "many", bump: "5" };

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      "a finished one, and etcd has new volumes since",
      earlier({ phase: "finished", times: { ...served, committed: "x" } }),
      "2000000042",
    ],
    [
      "one that was undone after clients were served",
      earlier({ phase: "undone", times: served }),
      "2000000042",
    ],
    ["one that was undone before", earlier({ phase: "undone", times: { open: served.open } }), "1000000000"],
    ["one that somebody has edited", edited, "1000000000"],
  ])("counts where members say less: %s", async (_, fields, bump) => {
    const steps = new Steps();
    steps.substrate.ledger.history.set("r0", { fields, version: 1 });
    await steps.run("guard");
    expect(await steps.run("bind-snapshot")).toMatchObject({ bump, liveRevision: "1000" });
  });
});

/** A ledger of another restore of the same snapshot. */
function earlier(changes: Pick<LedgerRecord, "phase" | "times">): Readonly<Record<string, string>> {
  return ledgerFields(fakeRecord(new FakeSubstrate(), { id: "r0", bump: "1000000042", ...changes }));
}

describe("the way of the snapshot", () => {
  const cut = (member: string) => () => {
    throw new MemberScriptError(
      member,
      75,
      "the snapshot arrived with 5 bytes instead of 4096: the stream was cut",
    );
  };

  it("tries three times", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    steps.substrate.calls.before(/^volumes.send/, cut(first), 2);
    expect(await steps.run("transfer", first)).toEqual({ member: first, sha256: snapshotDigest });
    expect(steps.lines.filter((line) => line.includes("once more"))).toEqual([
      `member ${first}: try 1 failed, once more (the snapshot arrived with 5 bytes instead of 4096: the stream was cut)`,
      expect.stringContaining("try 2 failed, once more"),
    ]);
  });

  it("and no more", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    steps.substrate.calls.before(/^volumes.send/, cut(first));
    await expect(steps.run("transfer", first)).rejects.toThrow(
      /^member kube-etcd-0: the snapshot did not arrive whole in 3 tries: .* the stream was cut\. .*'pulumi up' goes on/,
    );
    expect(steps.substrate.calls.of(/^volumes.send/)).toHaveLength(3);
  });

  it("what is marked as used before is not tried again", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    const swapped = () => {
      throw new MemberScriptError(first, 76, "restore r1 has swapped another snapshot");
    };
    steps.substrate.calls.before(/^volumes.send/, swapped);
    expect(await steps.fails("transfer", first)).toBe("id-used");
    expect(steps.substrate.calls.of(/^volumes.send/)).toHaveLength(1);
  });

  it("an answer with another digest is none", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    steps.substrate.volumes.answers.set("receive", () => `sha256 ${otherDigest}\n`);
    expect(await steps.fails("transfer", first)).toBe("digest-other");
  });

  it("row 36: is refused where the volume has no space, and nothing is sent", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    steps.substrate.volumes.volume(first).available = 2 ** 20;
    expect(await steps.fails("transfer", first)).toBe("volume-full");
    expect(steps.substrate.calls.of(/^volumes.send/)).toEqual([]);
  });
});

describe("the tool", () => {
  it("a given one is brought where the image has none that fits", async () => {
    const etcdutl = { path: "/e", sizeBytes: 9, sha256: "f".repeat(64) };
    const steps = new Steps(new FakeSubstrate(), { ...given, etcdutl });
    steps.substrate.volumes.volume(first).tool = "none";
    await steps.untilStaged();
    expect(steps.substrate.volumes.volume(first).brought).toBe(true);
    expect(steps.substrate.volumes.volume("kube-etcd-1").brought).toBe(false);
    expect(steps.lines.find((line) => line.startsWith(`${first}: staged`))).toMatch(
      /^kube-etcd-0: staged by restore.etcdutl 3.6.14, since of utilityImage: it has neither/,
    );
  });

  it("one that is too old for the snapshot is refused, and the remedy names a way", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    await steps.run("transfer", first);
    Object.assign(steps.substrate.volumes.volume(first), { tool: "etcdctl", toolVersion: "3.4.27" });
    await expect(steps.run("stage", first)).rejects.toThrow(
      /^utilityImage: example\/util:1: its etcdctl does not fit: it is 3.4.27, older than the snapshot .*\(3.6.14\): pulumi config set --path restore.etcdutl /,
    );
  });
});

describe("the bump", () => {
  it("is kept when the same snapshot is bound again, while it is enough", async () => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    for (const volume of steps.substrate.volumes.of.values())
      volume.live = { clusterId: 1n, revision: 2_000_000_000n };
    await steps.run("bind-snapshot");
    expect(steps.substrate.record).toMatchObject({ bump: "2399999958", liveRevision: "2000000000" });
    steps.substrate.die();
    steps.request = { ...given, clusterUid: "11111111-aaaa" };
    await steps.run("bind-snapshot");
    expect(steps.substrate.record).toMatchObject({ bump: "2399999958", liveRevision: "2000000000" });
  });

  it("another one that was staged is staged anew", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    steps.substrate.setRecord({ ...steps.substrate.record, bump: "3000000000" });
    await steps.run("transfer", first);
    await steps.run("stage", first);
    expect(steps.substrate.volumes.volume(first).staged?.bump).toBe("3000000000");
  });

  it("the restore before, which this one's ledger has taken the place of, says how far clients came", async () => {
    const substrate = new FakeSubstrate();
    substrate.setRecord(
      fakeRecord(substrate, { id: "r0", phase: "finished", bump: "3000000000", revision: "50" }),
    );
    substrate.die();
    const steps = new Steps(substrate, { ...given, clusterUid: "11111111-aaaa" });
    await steps.run("guard");
    await steps.run("bind-snapshot");
    expect(substrate.record.bump).toBe("4000000008");
  });
});

describe("bind-snapshot judges once more, binding", () => {
  it("whose snapshot it is, and of which etcd", async () => {
    const snapshot = given.snapshot as SnapshotRequest;
    const steps = new Steps();
    await steps.run("guard");
    steps.request = { ...given, snapshot: { ...snapshot, kubeSystemUid: "22222222-bbbb" } };
    expect(await steps.fails("bind-snapshot")).toBe("identity-other");
    steps.request = { ...given, snapshot: { ...snapshot, etcdVersion: "3.99.0" } };
    expect(await steps.fails("bind-snapshot")).toBe("version-newer");
    expect(steps.substrate.record.snapshot).toBeUndefined();
  });

  it("with the version that is configured where no member says one", async () => {
    const substrate = new FakeSubstrate();
    substrate.die();
    substrate.judgement = { ...substrate.judgement, serverVersion: "3.4.1" };
    const steps = new Steps(substrate, { ...given, clusterUid: "11111111-aaaa" });
    await steps.run("guard");
    expect(await steps.fails("bind-snapshot")).toBe("version-newer");
  });

  it("without the stack nobody knows the snapshot", async () => {
    const steps = new Steps();
    await steps.run("guard");
    steps.request = {};
    expect(await steps.fails("bind-snapshot")).toBe("no-source");
    // where `resume` begins
    expect(await steps.fails("confirm")).toBe("no-source");
  });

  it("what is found refused in the last look stops it", async () => {
    const steps = new Steps();
    await steps.untilStaged();
    const refusal = { code: "idle", kind: "refused", message: "Deployment x is at 0" } as const;
    steps.substrate.workloads.refusals = [refusal];
    expect(await steps.fails("confirm")).toBe("idle");
    expect(steps.substrate.record.phase).toBe("open");
  });
});
