import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseArguments, type StepArguments } from "../../components/procedure/arguments";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import type { HostedRestoreArgs } from "../../components/restore/restoreArgs";
import { componentScene } from "../support/componentScene";
import { type MockEngine, type Registration, startMockEngine } from "../support/mockEngine";
import { plainPredecessors, plainRows } from "../support/tableRows";

const names = ["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"];
const results: Record<string, unknown> = {
  "restore-preflight": { nodes: { "kube-etcd-0": "node-a", "kube-etcd-1": "node-b" } },
  "restore-confirm": { replicas: { etcd: 3, apiServers: 2 } },
  "restore-verify-etcd": {
    revision: "1000000044",
    members: names.map((name) => ({ name, hashKV: "7", revision: "1000000044" })),
    warnings: ["a stranger"],
  },
};

const scene = componentScene();
const sha256 = createHash("sha256").update(readFileSync(scene.snapshot)).digest("hex");
const args: HostedRestoreArgs = {
  cluster: {
    name: "uc1",
    adminKubeconfig: scene.kubeconfig,
    userKubeconfig: scene.kubeconfig,
  },
  id: "r1",
  snapshot: scene.snapshot,
  utilityImage: "example/etcd-util:1",
  allowVersion: "3.6.0",
  allowEncryption: ["aescbc:key1"],
};

describe("HostedRestore", () => {
  let engine: MockEngine;
  let report: unknown;
  const steps = () => engine.registrations.filter((r) => r.type === "command:local:Command");
  const named = (name: string): Registration => {
    const found = engine.registrations.find((r) => r.name === name);
    if (found === undefined) throw new Error(`no resource ${name}`);
    return found;
  };
  const environment = (name: string) => named(name).inputs.environment as Record<string, string>;
  const argumentsOf = (name: string): StepArguments =>
    parseArguments(environment(name).ETCD_RECOVERY_ARGUMENTS);
  const rows = plainRows("restore");
  /** Names of the resources of an act. */
  const resourcesOf = (act: string) =>
    rows.find((row) => row.act === act)?.where === "member"
      ? names.map((member) => `restore-${member}-${act}`)
      : [`restore-${act}`];

  afterAll(() => scene.remove());
  beforeAll(async () => {
    engine = await startMockEngine(({ name }) => ({
      stdout: JSON.stringify(results[name] ?? {}),
      stderr: "",
    }));
    const { HostedRestore } = await import("../../components/restore/hostedRestore.js");
    const restore = new HostedRestore("restore", args);
    report = await new Promise((resolve) => restore.report.apply(resolve));
    await engine.settled();
  });

  it("declares the acts that a person would name, each once", () => {
    const member = (role: string) => names.map((name) => `restore-${name}-${role}`);
    const before = ["preflight", "guard", "bind-snapshot", "confirm"];
    const quiesce = ["save-pdb", "remove-pdb", "stop-controllers", "scale-down-maintenance"];
    const servers = [
      "scale-down-apiservers",
      "scale-down-etcd",
      "scale-up-etcd",
      "verify-etcd",
      "scale-up-apiservers",
    ];
    const after = ["commit", "start-controllers", "scale-up-maintenance", "restore-pdb", "release"];
    expect(
      steps()
        .map((s) => s.name)
        .sort(),
    ).toEqual(
      [
        ...[...before, ...quiesce, ...servers, ...after].map((act) => `restore-${act}`),
        ...member("transfer"),
        ...member("stage"),
        ...member("swap"),
      ].sort(),
    );
    const pods = engine.registrations.filter((r) => r.type === "kubernetes:core/v1:Pod");
    expect(pods.map((r) => r.name).sort()).toEqual(member("utility"));
  });

  it("has the order of the table of phases", () => {
    for (const row of rows) {
      for (const name of resourcesOf(row.act)) {
        const before = [...engine.before(name)];
        for (const previous of plainPredecessors("restore", row)) {
          const all = resourcesOf(previous);
          const own = name.endsWith("-stage")
            ? all.filter((one) => name.startsWith(one.replace("-transfer", "")))
            : all;
          expect(before, name).toEqual(expect.arrayContaining(own));
        }
      }
    }
  });

  it("is staged whole before the first change, and swapped whole before the start", () => {
    for (const name of ["transfer", "stage"].flatMap(resourcesOf))
      expect(engine.before("restore-save-pdb"), name).toContain(name);
    expect([...engine.before("restore-kube-etcd-0-transfer")]).toContain("restore-guard");
    for (const name of resourcesOf("utility")) expect(engine.before("restore-guard")).toContain(name);
    for (const name of resourcesOf("swap")) {
      expect(engine.before("restore-scale-up-etcd")).toContain(name);
      for (const act of ["stop-controllers", "remove-pdb", "scale-down-apiservers", "scale-down-etcd"])
        expect(engine.before(name)).toContain(`restore-${act}`);
    }
  });

  it("works side by side on members, on API servers and etcd, and on what is put back last", () => {
    for (const [one, other] of [
      ["restore-kube-etcd-0-stage", "restore-kube-etcd-1-transfer"],
      ["restore-kube-etcd-0-swap", "restore-kube-etcd-1-swap"],
      ["restore-scale-down-etcd", "restore-scale-down-apiservers"],
      ["restore-scale-down-apiservers", "restore-scale-down-etcd"],
      ["restore-restore-pdb", "restore-start-controllers"],
    ] as const) {
      expect(engine.before(one)).not.toContain(other);
    }
  });

  it("groups the acts as the person who restores thinks of them", () => {
    expect(named("restore-kube-etcd-1-stage").parent).toBe("restore-kube-etcd-1");
    expect(named("restore-kube-etcd-1").type).toBe("etcd-recovery:index:StagedMember");
    expect(named("restore-remove-pdb").parent).toBe("restore-quiesce");
    expect(named("restore-quiesce").type).toBe("etcd-recovery:index:Quiesce");
    expect(named("restore-kube-etcd-0-swap").parent).toBe("restore-swap");
    expect(named("restore-verify-etcd").parent).toBe("restore-start");
    expect(named("restore-restore-pdb").parent).toBe("restore-return");
    expect(named("restore-guard").parent).toBe("restore");
  });

  it("row 38: bounds the life of every utility Pod on the server's side", () => {
    const pods = engine.registrations.filter((r) => r.type === "kubernetes:core/v1:Pod");
    expect(pods).toHaveLength(3);
    for (const { inputs } of pods) {
      expect(inputs.spec).toMatchObject({ activeDeadlineSeconds: 21_600, restartPolicy: "Never" });
    }
  });

  it("lets its Pods onto nodes that are taken out of service, and onto no others that are barred", () => {
    const pods = engine.registrations.filter((r) => r.type === "kubernetes:core/v1:Pod");
    for (const { inputs } of pods) {
      const spec = inputs.spec as { tolerations: unknown };
      expect(spec.tolerations).toEqual([
        { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
      ]);
      expect(spec).not.toHaveProperty("imagePullSecrets");
      expect(spec).not.toHaveProperty("securityContext");
    }
  });

  it("gives only the guard something to do on deletion", () => {
    const undoing = steps().filter((s) => s.inputs.delete !== undefined);
    expect(undoing.map((s) => [s.name, String(s.inputs.delete).split(" ").at(-1)])).toEqual([
      ["restore-guard", "undo"],
    ]);
  });

  it("runs each step once for an id, what stages also for another snapshot, and shows its account while it runs", () => {
    const bySnapshot = ["bind-snapshot", "transfer", "stage"].flatMap(resourcesOf);
    for (const { name, inputs } of steps()) {
      const digest = bySnapshot.includes(name) ? [sha256] : [];
      expect(inputs.triggers, name).toEqual(["r1", ...digest]);
      expect(inputs.update, name).toBe(
        ["restore-preflight", "restore-guard"].includes(name)
          ? 'exec /bin/sh -c "$ETCD_RECOVERY" etcd-recovery keep'
          : 'printf %s "$PULUMI_COMMAND_STDOUT"',
      );
      expect(inputs.logging).toBe("stderr");
      expect(inputs).not.toHaveProperty("stdin");
    }
  });

  it("leaves no secret, no script and no path of the package in a command's text and the state", () => {
    const root = resolve(__dirname, "..", "..");
    for (const { inputs } of steps()) {
      expect(String(inputs.create).length).toBeLessThan(120);
      expect(JSON.stringify(inputs).length).toBeLessThan(4000);
      expect(JSON.stringify(inputs)).not.toContain(root);
    }
  });

  it("parents everything to its component", () => {
    for (const { name, parent } of engine.registrations.filter((r) => r.name !== "restore"))
      expect(parent, name).toBeDefined();
    expect(named("restore").type).toBe("etcd-recovery:index:HostedRestore");
  });

  // Here preflight was an older program's: another form would replace the Pods of a restore half-way.
  it("names the utility Pod nowhere, pins it to its member's node as it was made, and gives it no token", () => {
    const [first, , last] = [0, 1, 2].map((n) => named(`restore-kube-etcd-${n}-utility`).inputs);
    const metadata = first?.metadata as Record<string, unknown>;
    expect(metadata.name).toBeUndefined();
    expect(metadata.labels).toEqual({
      "app.kubernetes.io/managed-by": "etcd-recovery",
      "etcd-recovery/restore": "r1",
      "etcd-recovery/member": "kube-etcd-0",
    });
    expect(metadata.annotations).toEqual({ "pulumi.com/waitFor": "jsonpath={.metadata.uid}" });
    expect(first?.spec).toMatchObject({
      automountServiceAccountToken: false,
      restartPolicy: "Never",
      nodeSelector: { "kubernetes.io/hostname": "node-a" },
      volumes: [{ persistentVolumeClaim: { claimName: "data-kube-etcd-0" } }, { name: "scripts" }],
    });
    expect(last?.spec).toMatchObject({ nodeSelector: {} });
    for (const { spec } of [first, last] as { spec: object }[]) expect(spec).not.toHaveProperty("affinity");
  });

  it("tells what it is asked for to the acts up to the last look; the others read the ledger", () => {
    const asked = { allowVersion: "3.6.0", allowEncryption: ["aescbc:key1"] };
    for (const act of ["preflight", "guard", "bind-snapshot", "confirm"]) {
      const { request, substrate } = argumentsOf(`restore-${act}`);
      expect(request).toMatchObject({
        ...asked,
        overrides: "allowEncryption=aescbc:key1 allowVersion=3.6.0",
      });
      expect(request.snapshot).toMatchObject({
        path: scene.snapshot,
        sha256,
        revision: "5",
      });
      const asLedgerHasNone = ["preflight", "guard"].includes(act)
        ? { members: 3, of: "gdc-kubeception" }
        : undefined;
      expect(substrate.names).toEqual(asLedgerHasNone);
    }
    for (const act of ["save-pdb", "swap", "verify-etcd", "release"].flatMap(resourcesOf)) {
      const { request, substrate } = argumentsOf(act);
      expect(request).toEqual({});
      expect(substrate).toEqual({
        kind: "hosted",
        namespace: "uc1",
        adminKubeconfig: scene.kubeconfig,
        userKubeconfig: scene.kubeconfig,
      });
    }
    expect(argumentsOf("restore-kube-etcd-1-swap")).toMatchObject({
      operation: "restore",
      id: "r1",
      member: "kube-etcd-1",
    });
  });

  it("tells the last act what the stack's own objects are", () => {
    expect(argumentsOf("restore-release").own).toHaveLength(5);
  });

  it("never models an object of the cluster under repair", () => {
    const kinds = engine.registrations.map((r) => r.type).filter((type) => type.startsWith("kubernetes:"));
    expect(new Set(kinds)).toEqual(
      new Set([
        "kubernetes:core/v1:Pod",
        "kubernetes:core/v1:ConfigMap",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      ]),
    );
  });

  it("reports the members' hashes, the replicas as found, and every act's warnings", () => {
    expect(report).toMatchObject({
      restoreId: "r1",
      restoredFrom: { snapshot: scene.snapshot },
      revision: "1000000044",
      members: names.map((name) => ({ name, hashKV: "7", revision: "1000000044" })),
      replicas: { etcd: 3, apiServer: 2 },
      warnings: ["a stranger"],
    });
  });

  it("bears acts that did not run, or that an older program ran", async () => {
    const { reportOf } = await import("../../components/restore/restoreReport.js");
    const { planHostedRestore } = await import("../../components/restore/restorePlan.js");
    const { parseResult } = await import("../../components/steps/step.js");
    const empty = new Proxy({}, { get: () => parseResult(undefined) });
    const { id, utilityImage } = args as { id: string; utilityImage: string };
    const cluster = {
      name: "uc1",
      namespace: "uc1",
      members: 3,
      profile: gdcKubeception,
      adminKubeconfig: "/k",
    };
    const plan = planHostedRestore({ cluster, id, utilityImage, rollback: "r0" });
    expect(reportOf(plan, empty as never)).toMatchObject({
      restoreId: "r1",
      members: [],
      warnings: [],
    });
    const former = "node kube-etcd-0 node-a\nnode kube-etcd-1 any\nbump 1\n";
    expect(parseResult(former)).toEqual({ nodes: { "kube-etcd-0": "node-a" } });
  });
});
