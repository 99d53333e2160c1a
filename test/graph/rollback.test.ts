import { beforeAll, describe, expect, it } from "vitest";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { type MockEngine, startMockEngine } from "../support/mockEngine";

const members = [0, 1, 2].map((n) => `kube-etcd-${n}`);
const preflight = `${members.map((m) => `node ${m} node-a`).join("\n")}\nbump 1200000050\nlive-revision 1000000041\n`;
const digest = "cd".repeat(32);
const stdout: Record<string, string> = {
  "restore-preflight": preflight,
  "restore-locate-previous": `source kube-etcd-2\nsize 8192\nsha256 ${digest}\nrevision 57\n`,
  "restore-guard": "etcd 3\napiserver 3\n",
  "restore-verify-etcd": "revision 1200000110\n",
  "finalize-preflight": preflight,
  "finalize-finalize": members.map((m, n) => `freed ${m} ${n * 4096}`).join("\n"),
};

const operation = {
  cluster: {
    name: "uc1",
    namespace: "uc1",
    members: 3,
    profile: gdcKubeception,
    adminKubeconfig: "/home/operator/admin.kubeconfig",
  },
  utilityImage: "example/etcd-util:1",
};

let engine: MockEngine;
const steps = () => engine.registrations.filter((r) => r.type === "command:local:Command");
const inputs = (name: string) => engine.registrations.find((r) => r.name === name)?.inputs;
const environment = (name: string) => inputs(name)?.environment as Record<string, string>;
const each = (name: string, role: string) => members.map((member) => `${name}-${member}-${role}`);

describe("HostedRestore of what an earlier restore put aside", () => {
  let report: unknown;

  beforeAll(async () => {
    engine = await startMockEngine(({ name }) => ({ stdout: stdout[name] ?? "", stderr: "" }));
    const { HostedRestore } = await import("../../components/restore/hostedRestore.js");
    const restore = new HostedRestore("restore", { ...operation, id: "back-1", rollback: "night-1" });
    report = await new Promise((resolve) => restore.report.apply(resolve));
    await engine.settled();
  });

  it("has the gates of every restore, and one step more", () => {
    const once = [
      "preflight",
      "locate-previous",
      "guard",
      "quiesce-controllers",
      "quiesce-servers",
      "start-etcd",
    ];
    const after = ["verify-etcd", "start-apiservers", "commit", "start-controllers", "release"];
    expect(
      steps()
        .map((s) => s.name)
        .sort(),
    ).toEqual(
      [
        ...[...once, ...after].map((role) => `restore-${role}`),
        ...["transfer", "stage", "swap"].flatMap((role) => each("restore", role)),
      ].sort(),
    );
    expect(steps().filter((s) => s.inputs.delete !== undefined)).toHaveLength(1);
  });

  it("looks on every volume before it gives any member a copy", () => {
    for (const pod of each("restore", "utility"))
      expect(engine.before("restore-locate-previous")).toContain(pod);
    for (const transfer of each("restore", "transfer")) {
      expect(engine.before(transfer)).toContain("restore-locate-previous");
    }
    for (const stage of each("restore", "stage")) expect(engine.before("restore-guard")).toContain(stage);
  });

  it("stages all members from the chosen copy, above the live revision", () => {
    for (const transfer of each("restore", "transfer")) {
      expect(environment(transfer)).toMatchObject({
        ROLLBACK_ID: "night-1",
        SOURCE_MEMBER: "kube-etcd-2",
        SNAPSHOT_SIZE: "8192",
        SNAPSHOT_SHA256: digest,
      });
      expect(environment(transfer)).not.toHaveProperty("SNAPSHOT");
    }
    expect(environment("restore-kube-etcd-0-stage")).toMatchObject({
      SNAPSHOT_SHA256: digest,
      BUMP: "1200000050",
      CLUSTER_TOKEN: "etcd-recovery-uc1-back-1",
    });
    expect(environment("restore-guard")).toMatchObject({
      SNAPSHOT_REVISION: "57",
      LIVE_REVISION: "1000000041",
    });
  });

  it("says in the ledger why, and in the report from what", () => {
    expect(environment("restore-guard").RESTORE_REASON).toBe("roll-back of restore night-1");
    expect(report).toMatchObject({
      restoreId: "back-1",
      restoredFrom: { rollback: "night-1", member: "kube-etcd-2" },
      snapshot: { sha256: digest, revision: "57" },
    });
  });
});

describe("FinalizeRestore", () => {
  let report: unknown;

  beforeAll(async () => {
    engine = await startMockEngine(({ name }) => ({ stdout: stdout[name] ?? "", stderr: "" }));
    const { FinalizeRestore } = await import("../../components/restore/finalizeRestore.js");
    const finalize = new FinalizeRestore("finalize", { ...operation, id: "tidy-1", finalize: "night-1" });
    report = await new Promise((resolve) => finalize.report.apply(resolve));
    await engine.settled();
  });

  it("is three steps on the utility Pods, none of which touches a workload or undoes", () => {
    const order = ["finalize-preflight", "finalize-finalize", "finalize-release"];
    expect(steps().map((s) => s.name)).toEqual(order);
    for (const pod of each("finalize", "utility")) expect(engine.before("finalize-finalize")).toContain(pod);
    expect(engine.before("finalize-kube-etcd-0-utility")).toContain("finalize-preflight");
    expect(engine.before("finalize-release")).toContain("finalize-finalize");
    for (const { inputs } of steps()) {
      expect(inputs).toMatchObject({ triggers: ["tidy-1"] });
      expect(inputs.delete).toBeUndefined();
    }
    expect(environment("finalize-finalize")).toMatchObject({ RESTORE_ID: "tidy-1", FINALIZE_ID: "night-1" });
  });

  it("parents everything to its component", () => {
    for (const { name, parent } of engine.registrations.filter((r) => r.name !== "finalize"))
      expect(parent, name).toBeDefined();
  });

  it("reports the bytes freed on each member's volume", () => {
    expect(report).toEqual({
      finalized: "night-1",
      cluster: "uc1",
      members: members.map((name, n) => ({ name, freedBytes: n * 4096 })),
    });
  });
});
