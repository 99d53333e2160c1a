import { beforeAll, describe, expect, it } from "vitest";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { stepsAfterGuard } from "../../components/restore/restoreOrder";
import type { HostedRestoreArgs } from "../../components/restore/restorePlan";
import { type MockEngine, type Registration, startMockEngine } from "../support/mockEngine";

const preflight =
  "node kube-etcd-0 node-a\nnode kube-etcd-1 node-b\nnode kube-etcd-2 any\nserver-version 3.6.14\nbump 1000000000\nlive-revision 41\n";
const verdict =
  "revision 1000000044\nmember kube-etcd-0 7 1000000044\nmember kube-etcd-1 7 1000000044\nmember kube-etcd-2 7 1000000044\n";
const stdout: Record<string, string> = {
  "restore-preflight": preflight,
  "restore-guard": "etcd 3\napiserver 2\n",
  "restore-verify-etcd": verdict,
};

const args: HostedRestoreArgs = {
  cluster: {
    name: "uc1",
    namespace: "uc1",
    members: 3,
    profile: gdcKubeception,
    adminKubeconfig: "/home/operator/admin.kubeconfig",
    userKubeconfig: "/home/operator/uc1.kubeconfig",
  },
  id: "r1",
  snapshot: { path: "/backups/snapshot.db", sizeBytes: 4128, sha256: "ab".repeat(32), revision: "42" },
  utilityImage: "example/etcd-util:1",
  overrides: { allowVersion: "3.6.0", allowEncryption: ["aescbc:key1"] },
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

  beforeAll(async () => {
    engine = await startMockEngine(({ name }) => ({ stdout: stdout[name] ?? "", stderr: "" }));
    const { HostedRestore } = await import("../../components/restore/hostedRestore.js");
    const restore = new HostedRestore("restore", args);
    report = await new Promise((resolve) => restore.report.apply(resolve));
    await engine.settled();
  });

  it("declares exactly the steps of a restore, each once", () => {
    const member = (role: string) => [0, 1, 2].map((n) => `restore-kube-etcd-${n}-${role}`);
    const roles = [
      "preflight",
      "guard",
      "quiesce-controllers",
      "quiesce-servers",
      "start-etcd",
      "verify-etcd",
    ];
    const last = ["start-apiservers", "commit", "start-controllers", "release"];
    expect(
      steps()
        .map((s) => s.name)
        .sort(),
    ).toEqual(
      [
        ...[...roles, ...last].map((role) => `restore-${role}`),
        ...member("transfer"),
        ...member("stage"),
        ...member("swap"),
      ].sort(),
    );
    expect(
      engine.registrations
        .filter((r) => r.type === "kubernetes:core/v1:Pod")
        .map((r) => r.name)
        .sort(),
    ).toEqual(member("utility"));
  });

  it("orders the phases: all staged before the guard, the guard before any change, all swapped before the start", () => {
    const order = [
      ["restore-kube-etcd-0-transfer", ["restore-preflight", "restore-kube-etcd-0-utility"]],
      ["restore-guard", [0, 1, 2].map((n) => `restore-kube-etcd-${n}-stage`)],
      ["restore-quiesce-controllers", ["restore-guard"]],
      ["restore-quiesce-servers", ["restore-quiesce-controllers"]],
      ...[0, 1, 2].map((n) => [`restore-kube-etcd-${n}-swap`, ["restore-quiesce-servers"]] as const),
      ["restore-start-etcd", [0, 1, 2].map((n) => `restore-kube-etcd-${n}-swap`)],
      ["restore-verify-etcd", ["restore-start-etcd"]],
      ["restore-start-apiservers", ["restore-verify-etcd"]],
      ["restore-commit", ["restore-start-apiservers"]],
      ["restore-start-controllers", ["restore-commit"]],
      ["restore-release", ["restore-start-controllers"]],
    ] as const;
    for (const [name, previous] of order) {
      for (const one of previous) expect(engine.before(name), name).toContain(one);
    }
  });

  it("has the order in which `etcd-recovery resume` runs the steps from the guard on", () => {
    const namesOf = ({ script, each }: (typeof stepsAfterGuard)[number]) =>
      each === "restore" ? [`restore-${script}`] : [0, 1, 2].map((n) => `restore-kube-etcd-${n}-${script}`);
    const afterGuard = steps().filter(({ name }) => engine.before(name).has("restore-guard"));
    expect(stepsAfterGuard.flatMap(namesOf).sort()).toEqual(afterGuard.map(({ name }) => name).sort());
    let previous = ["restore-guard"];
    for (const step of stepsAfterGuard) {
      for (const name of namesOf(step))
        expect([...engine.before(name)], name).toEqual(expect.arrayContaining(previous));
      previous = namesOf(step);
    }
  });

  it("works on the members in parallel", () => {
    for (const [one, other] of [
      ["stage", "transfer"],
      ["swap", "swap"],
    ] as const) {
      expect(engine.before(`restore-kube-etcd-0-${one}`)).not.toContain(`restore-kube-etcd-1-${other}`);
    }
  });

  it("row 38: bounds the life of every utility Pod on the server's side", () => {
    const pods = engine.registrations.filter((r) => r.type === "kubernetes:core/v1:Pod");
    expect(pods).toHaveLength(3);
    for (const { inputs } of pods) {
      expect(inputs.spec).toMatchObject({ activeDeadlineSeconds: 21_600, restartPolicy: "Never" });
    }
  });

  it("gives only the guard something to do on deletion", () => {
    expect(
      steps()
        .filter((s) => s.inputs.delete !== undefined)
        .map((s) => s.name),
    ).toEqual(["restore-guard"]);
  });

  it("runs each step once for an id, whatever else changes, and shows its account while it runs", () => {
    for (const { inputs } of steps()) {
      expect(inputs.triggers).toEqual(["r1"]);
      expect(inputs.update).toBe('printf %s "$PULUMI_COMMAND_STDOUT"');
      expect(inputs.logging).toBe("stderr");
    }
  });

  it("leaves no secret and no script in a command's text, which every error message repeats", () => {
    for (const { inputs } of steps()) expect(String(inputs.create).length).toBeLessThan(120);
  });

  it("parents everything to its component", () => {
    for (const { name, parent } of engine.registrations.filter((r) => r.name !== "restore"))
      expect(parent, name).toBeDefined();
    expect(named("restore-kube-etcd-1-stage").parent).toBe("restore-kube-etcd-1");
    expect(named("restore").type).toBe("etcd-recovery:index:HostedRestore");
  });

  it("names the utility Pod nowhere, pins it to its member's node, and gives it no token", () => {
    const [first, , last] = [0, 1, 2].map((n) => named(`restore-kube-etcd-${n}-utility`).inputs);
    const metadata = first?.metadata as Record<string, unknown>;
    expect(metadata.name).toBeUndefined();
    expect(metadata.labels).toMatchObject({
      "etcd-recovery/restore": "r1",
      "etcd-recovery/member": "kube-etcd-0",
    });
    expect(first?.spec).toMatchObject({
      automountServiceAccountToken: false,
      restartPolicy: "Never",
      nodeSelector: { "kubernetes.io/hostname": "node-a" },
      volumes: [{ persistentVolumeClaim: { claimName: "data-kube-etcd-0" } }, { name: "scripts" }],
    });
    expect(last?.spec).toMatchObject({ nodeSelector: {} });
  });

  it("restores every member under its own name and URL, with a token of this restore's own", () => {
    expect(environment("restore-kube-etcd-1-stage")).toMatchObject({
      MEMBER: "kube-etcd-1",
      PEER_URL: "https://kube-etcd-1.kube-etcd:2380",
      CLUSTER_TOKEN: "etcd-recovery-uc1-r1",
      BUMP: "1000000000",
      INITIAL_CLUSTER:
        "kube-etcd-0=https://kube-etcd-0.kube-etcd:2380,kube-etcd-1=https://kube-etcd-1.kube-etcd:2380,kube-etcd-2=https://kube-etcd-2.kube-etcd:2380",
    });
    expect(environment("restore-guard").LIVE_REVISION).toBe("41");
    expect(environment("restore-kube-etcd-1-stage").SERVER_VERSION).toBe("3.6.14");
  });

  it("tells the guards what to let pass, and the ledger that it was said", () => {
    expect(environment("restore-preflight")).toMatchObject({
      ALLOW_VERSION: "3.6.0",
      ALLOW_ENCRYPTION: "aescbc:key1",
    });
    expect(environment("restore-guard").OVERRIDES).toBe("allowEncryption=aescbc:key1 allowVersion=3.6.0");
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

  it("reports the members' hashes and the replicas as found", () => {
    expect(report).toMatchObject({
      restoreId: "r1",
      revision: "1000000044",
      members: [0, 1, 2].map((n) => ({ name: `kube-etcd-${n}`, hashKV: "7", revision: "1000000044" })),
      replicas: { etcd: 3, apiServer: 2 },
    });
  });
});
