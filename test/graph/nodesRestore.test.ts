import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseArguments } from "../../components/procedure/arguments";
import { type Extras, predecessors, rowsOf } from "../../components/procedure/phases";
import { componentScene } from "../support/componentScene";
import { type MockEngine, startMockEngine } from "../support/mockEngine";
import { newManifest } from "../support/storedBackups";

const names = ["cp-1", "cp-2", "cp-3"];
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHnipMRH9";
const identity = "AGE-SECRET-KEY-1QQQQ";
const controllers = ["kube-system/Deployment/clusterapi-controllers"];

const cases: readonly { readonly title: string; readonly asked: Extras; readonly back?: true }[] = [
  { title: "NodesRestore", asked: {} },
  { title: "NodesRestore back to what another put aside", asked: {}, back: true },
  { title: "NodesRestore back to what another put aside, with keys", asked: { pki: true }, back: true },
  { title: "NodesRestore with keys", asked: { pki: true } },
  { title: "NodesRestore with a quarantine", asked: { quarantine: true } },
  { title: "NodesRestore with keys and a quarantine", asked: { pki: true, quarantine: true } },
];

describe.each(cases)("$title", ({ asked, back }) => {
  const operation = back === true ? ("rollback" as const) : ("restore" as const);
  const all = rowsOf(operation, asked);
  const rows = all.filter(({ resource }) => resource !== true);
  const quarantine = asked.quarantine === true ? controllers : [];
  const scene = componentScene();
  let engine: MockEngine;
  let privateKey: string;
  const steps = () => engine.registrations.filter(({ type }) => type === "command:local:Command");
  const resourcesOf = (act: string) =>
    rows.find((row) => row.act === act)?.where === "member"
      ? names.map((member) => `restore-${member}-${act}`)
      : [`restore-${act}`];
  const named = (name: string) => engine.registrations.find((one) => one.name === name);

  afterAll(() => scene.remove());
  beforeAll(async () => {
    const file = join(scene.directory, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    privateKey = readFileSync(file, "utf8");
    const from = join(scene.directory, "backup");
    const digest = { bytes: 1, sha256: "a".repeat(64) };
    const bundles = names.map((machine) => ({
      machine,
      file: `pki-${machine}.tar.age`,
      plain: digest,
      stored: digest,
    }));
    mkdirSync(from);
    writeFileSync(
      join(from, "manifest.json"),
      JSON.stringify({ ...newManifest({ cluster: "admin" }), pki: { bundles, certificates: [] } }),
    );
    engine = await startMockEngine(() => ({ stdout: "{}", stderr: "" }));
    const { NodesRestore } = await import("../../components/restore/nodesRestore.js");
    const restore = new NodesRestore("restore", {
      cluster: {
        name: "admin",
        profile: "kubeadm",
        // Port 1 of this machine refuses connections at once.
        machines: names.map((name, n) => ({ name, host: `127.0.0.${n + 1}`, port: 1, hostKey })),
        ssh: { privateKey },
      },
      id: "r1",
      ...(back === true ? { rollback: "r0" } : { snapshot: scene.snapshot }),
      reason: "a test",
      quarantine,
      ...(asked.pki === true ? { pki: back === true ? { previous: true } : { identity, from } } : {}),
    });
    await new Promise((resolve) => restore.report.apply(resolve));
    await engine.settled();
  }, 60_000);

  it("declares every act of the table, one a member where it says so, and nothing else", () => {
    const expected = rows.flatMap(({ act }) => resourcesOf(act));
    expect(
      steps()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(expected.sort());
    const types = new Set(engine.registrations.map(({ type }) => type.split(":")[0]));
    expect([...types].sort()).toEqual(["command", "etcd-recovery"]);
  });

  it("keeps the table's order; what would wait for a utility Pod waits for what is before it", () => {
    const waitsFor = (name: string) => [...(named(name)?.dependsOn ?? [])].sort();
    expect(waitsFor("restore-guard")).toEqual(["restore-preflight"]);
    expect(waitsFor("restore-cp-2-stage")).toEqual(["restore-cp-2-transfer"]);
    expect(waitsFor("restore-cp-2-swap")).toEqual([
      "restore-scale-down-apiservers",
      "restore-scale-down-etcd",
    ]);
    if (asked.pki === true) expect(waitsFor("restore-cp-2-stage-pki")).toEqual(["restore-cp-2-stage"]);
    const swapped = resourcesOf(asked.pki === true ? "swap-pki" : "swap");
    expect(waitsFor("restore-scale-up-etcd")).toEqual(swapped.sort());
    for (const row of rows.filter(({ act }) => !["guard", "stage", "transfer", "stage-pki"].includes(act)))
      for (const name of resourcesOf(row.act))
        expect(waitsFor(name)).toEqual(predecessors(operation, row, all).flatMap(resourcesOf).sort());
  });

  it("tells the guard, which writes the ledger, what is put under quarantine, and no step after it", () => {
    const wished = (name: string) => {
      const environment = named(name)?.inputs.environment as Record<string, string>;
      return parseArguments(environment.ETCD_RECOVERY_ARGUMENTS).request.quarantine;
    };
    expect(wished("restore-guard")).toEqual(quarantine.length === 0 ? undefined : quarantine);
    expect(wished("restore-cp-1-swap")).toBeUndefined();
  });

  it("tells what chooses a roll-back's data whether keys come back too", () => {
    if (back === undefined) return;
    const environment = named("restore-locate-previous")?.inputs.environment as Record<string, string>;
    const { request } = parseArguments(environment.ETCD_RECOVERY_ARGUMENTS);
    expect(request).toMatchObject({ rollback: "r0" });
    expect(request.previousPki).toBe(asked.pki);
  });

  it("gives the guard alone something to do on deletion", () => {
    const undoing = steps().filter(({ inputs }) => inputs.delete !== undefined);
    expect(undoing.map(({ name }) => name)).toEqual(["restore-guard"]);
  });

  it("tells every step how to reach the machines, and the key by standard input alone", () => {
    for (const { inputs, name } of steps()) {
      const { stdin, ...others } = inputs;
      expect(JSON.stringify(others), name).not.toMatch(/PRIVATE KEY|AGE-SECRET/);
      expect(JSON.stringify(stdin), name).toContain("PRIVATE KEY");
      const isAsked = rows.some(({ act, request }) => request === true && name.endsWith(`-${act}`));
      expect(JSON.stringify(stdin).includes(identity), name).toBe(
        isAsked && asked.pki === true && back === undefined,
      );
      const told = parseArguments((inputs.environment as Record<string, string>).ETCD_RECOVERY_ARGUMENTS);
      expect(told.substrate).toMatchObject({ kind: "nodes", privateKey: "/dev/stdin", cluster: "admin" });
    }
    const rest = engine.registrations.filter(({ type }) => type !== "command:local:Command");
    expect(JSON.stringify(rest)).not.toMatch(/PRIVATE KEY|AGE-SECRET/);
  });
});
