import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseArguments } from "../../components/procedure/arguments";
import { finalizeReportOf } from "../../components/restore/finalizeReport";
import { componentScene } from "../support/componentScene";
import { type MockEngine, startMockEngine } from "../support/mockEngine";

const members = [0, 1, 2].map((n) => `kube-etcd-${n}`);
const preflight = { nodes: Object.fromEntries(members.map((member) => [member, "node-a"])) };
const digest = "cd".repeat(32);
const results: Record<string, unknown> = {
  "restore-preflight": preflight,
  "restore-locate-previous": { source: "kube-etcd-2", sha256: digest, revision: "57" },
  "restore-verify-etcd": { revision: "1200000110" },
  "finalize-preflight": preflight,
  "finalize-remove-previous": { freed: Object.fromEntries(members.map((member, n) => [member, n * 4096])) },
};

const scene = componentScene();
afterAll(() => scene.remove());
const operation = {
  cluster: {
    name: "uc1",
    adminKubeconfig: scene.kubeconfig,
  },
  utilityImage: "example/etcd-util:1",
};

let engine: MockEngine;
const steps = () => engine.registrations.filter((r) => r.type === "command:local:Command");
const inputs = (name: string) => engine.registrations.find((r) => r.name === name)?.inputs;
const argumentsOf = (name: string) =>
  parseArguments((inputs(name)?.environment as Record<string, string> | undefined)?.ETCD_RECOVERY_ARGUMENTS);
const each = (name: string, role: string) => members.map((member) => `${name}-${member}-${role}`);
const start = () =>
  startMockEngine(({ name }) => ({ stdout: JSON.stringify(results[name] ?? {}), stderr: "" }));

describe("HostedRestore of what an earlier restore put aside", () => {
  let report: unknown;
  let restoreActs: readonly string[];

  beforeAll(async () => {
    const { plainRows } = await import("../support/tableRows.js");
    restoreActs = plainRows("restore").map(({ act }) => act);
    engine = await start();
    const { HostedRestore } = await import("../../components/restore/hostedRestore.js");
    const restore = new HostedRestore("restore", { ...operation, id: "back-1", rollback: "night-1" });
    report = await new Promise((resolve) => restore.report.apply(resolve));
    await engine.settled();
  });

  it("has the acts of every restore; its data comes from the volumes", () => {
    const byMember = ["transfer", "stage", "swap"];
    const acts = restoreActs
      .filter((act) => act !== "utility")
      .map((act) => (act === "bind-snapshot" ? "locate-previous" : act));
    const wanted = acts.flatMap((act) =>
      byMember.includes(act) ? each("restore", act) : [`restore-${act}`],
    );
    expect(
      steps()
        .map((s) => s.name)
        .sort(),
    ).toEqual([...wanted].sort());
    expect(steps().filter((s) => s.inputs.delete !== undefined)).toHaveLength(1);
  });

  it("looks on every volume before it gives any member a copy", () => {
    for (const pod of each("restore", "utility"))
      expect(engine.before("restore-locate-previous")).toContain(pod);
    for (const transfer of each("restore", "transfer")) {
      expect(engine.before(transfer)).toContain("restore-locate-previous");
    }
    for (const stage of each("restore", "stage")) expect(engine.before("restore-confirm")).toContain(stage);
  });

  it("names the restore whose data it is, and no file", () => {
    for (const name of [
      "restore-locate-previous",
      ...each("restore", "transfer"),
      ...each("restore", "stage"),
    ]) {
      const { operation: what, request } = argumentsOf(name);
      expect(what).toBe("rollback");
      expect(request).toEqual({ rollback: "night-1", utilityImage: "example/etcd-util:1" });
    }
  });

  it("says in the report from what", () => {
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
    engine = await start();
    const { FinalizeRestore } = await import("../../components/restore/finalizeRestore.js");
    const finalize = new FinalizeRestore("finalize", { ...operation, id: "tidy-1", finalize: "night-1" });
    report = await new Promise((resolve) => finalize.report.apply(resolve));
    await engine.settled();
  });

  it("is three steps on the utility Pods, none of which touches a workload or undoes", () => {
    const order = ["finalize-preflight", "finalize-remove-previous", "finalize-release"];
    expect(steps().map((s) => s.name)).toEqual(order);
    for (const pod of each("finalize", "utility"))
      expect(engine.before("finalize-remove-previous")).toContain(pod);
    expect(engine.before("finalize-kube-etcd-0-utility")).toContain("finalize-preflight");
    expect(engine.before("finalize-release")).toContain("finalize-remove-previous");
    for (const { inputs } of steps()) {
      expect(inputs).toMatchObject({ triggers: ["tidy-1"] });
      expect(inputs.delete).toBeUndefined();
    }
    expect(argumentsOf("finalize-remove-previous")).toMatchObject({
      id: "tidy-1",
      request: { finalize: "night-1" },
    });
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

  it("reports no removal of another restore's data than its step's", () => {
    const plan = { id: "tidy-1", cluster: { name: "uc1" }, request: { finalize: "night-2" }, members };
    expect(() => finalizeReportOf(plan, { finalized: "night-1", freed: {} })).toThrow(
      "restore.finalize: night-2: nothing was removed; restore.id tidy-1 is of the removal of what restore night-1 put aside.",
    );
    expect(finalizeReportOf(plan, { finalized: "night-2", freed: {} }).finalized).toBe("night-2");
    // An older program's step does not say whose it was.
    expect(finalizeReportOf(plan, { freed: {} }).finalized).toBe("night-2");
  });
});
