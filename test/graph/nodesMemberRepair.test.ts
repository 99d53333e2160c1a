import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseArguments } from "../../components/procedure/arguments";
import { stepsAfterGuard } from "../../components/procedure/phases";
import { componentScene } from "../support/componentScene";
import { type MockEngine, startMockEngine } from "../support/mockEngine";

const names = ["cp-1", "cp-2", "cp-3"];
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHnipMRH9";
const results: Record<string, unknown> = {
  "repair-guard": { oldMember: "aa", peerUrl: "https://10.0.0.2:2380" },
  "repair-replace-member": { newMember: "bb" },
  "repair-verify-member": {
    revision: "44",
    members: names.map((name) => ({ name, hashKV: "7", revision: "44" })),
  },
};

describe("NodesMemberRepair", () => {
  const scene = componentScene();
  let engine: MockEngine;
  let privateKey: string;
  let report: unknown;
  const steps = () => engine.registrations.filter(({ type }) => type === "command:local:Command");

  afterAll(() => scene.remove());
  beforeAll(async () => {
    const file = join(scene.directory, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    privateKey = readFileSync(file, "utf8");
    engine = await startMockEngine(({ name }) => ({
      stdout: JSON.stringify(results[name] ?? {}),
      stderr: "",
    }));
    const { NodesMemberRepair } = await import("../../components/repair/nodesMemberRepair.js");
    const repair = new NodesMemberRepair("repair", {
      cluster: {
        name: "admin",
        profile: "kubeadm",
        machines: names.map((name, n) => ({ name, host: `127.0.0.${n + 1}`, port: 1, hostKey })),
        ssh: { privateKey },
      },
      id: "r1",
      member: "cp-2",
      reason: "a test",
    });
    report = await new Promise((resolve) => repair.report.apply(resolve));
    await engine.settled();
  });

  it("declares exactly its steps, one after the other; the guard before the first change", () => {
    const acts = ["preflight", "guard", ...stepsAfterGuard("repair").map(({ act }) => act)];
    const expected = acts.map((act) => `repair-${act}`);
    expect(
      steps()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...expected].sort());
    expected.reduce((earlier, name) => {
      expect([...engine.before(name)], name).toContain(earlier);
      return name;
    });
    const types = new Set(engine.registrations.map(({ type }) => type.split(":")[0]));
    expect([...types].sort()).toEqual(["command", "etcd-recovery"]);
  });

  it("gives only the guard something to do on deletion, and runs each step once for an id", () => {
    const undoing = steps().filter(({ inputs }) => inputs.delete !== undefined);
    expect(undoing.map(({ name }) => name)).toEqual(["repair-guard"]);
    for (const { inputs } of steps()) expect(inputs.triggers).toEqual(["r1"]);
  });

  it("tells each step all machines, and the key by standard input alone", () => {
    for (const { inputs } of steps()) {
      const text = (inputs.environment as { ETCD_RECOVERY_ARGUMENTS: string }).ETCD_RECOVERY_ARGUMENTS;
      const { operation, substrate } = parseArguments(text);
      expect(operation).toBe("repair");
      expect(substrate).toMatchObject({ kind: "nodes", machines: names.map((name) => ({ name })) });
      expect(text).not.toContain("PRIVATE KEY");
    }
    const guard = steps().find(({ name }) => name === "repair-guard");
    const asked = guard?.inputs.environment as { ETCD_RECOVERY_ARGUMENTS: string };
    expect(parseArguments(asked.ETCD_RECOVERY_ARGUMENTS).request).toEqual({
      repair: "cp-2",
      reason: "a test",
    });
  });

  it("records which member of which cluster it is about", () => {
    const [component] = engine.registrations.filter(({ type }) => type.endsWith(":NodesMemberRepair"));
    expect(component?.inputs).toEqual({ restoreId: "r1", cluster: "admin", member: "cp-2" });
  });

  it("reports both ids and the members' hashes", () => {
    expect(report).toEqual({
      ...{ restoreId: "r1", cluster: "admin", member: "cp-2", revision: "44" },
      ids: { old: "aa", new: "bb" },
      members: names.map((name) => ({ name, hashKV: "7" })),
    });
  });
});
