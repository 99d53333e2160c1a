import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stepsAfterGuard } from "../../components/procedure/phases";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { planMemberRepair } from "../../components/repair/repairPlan";
import { repairReportOf } from "../../components/repair/repairReport";
import { componentScene } from "../support/componentScene";
import { type MockEngine, startMockEngine } from "../support/mockEngine";

const scene = componentScene();
const args = {
  cluster: {
    name: "uc1",
    adminKubeconfig: scene.kubeconfig,
  },
  id: "r1",
  member: "kube-etcd-1",
  utilityImage: "example/etcd-util:1",
};
const results: Record<string, unknown> = {
  "repair-preflight": {
    nodes: { "kube-etcd-1": "node-b" },
    like: {
      tolerations: [{ key: "dedicated", operator: "Equal", value: "etcd", effect: "NoSchedule" }],
      imagePullSecrets: [{ name: "registry" }],
      seLinuxOptions: { level: "s0:c1,c2" },
      form: 2,
    },
  },
  "repair-guard": { oldMember: "aa", peerUrl: "https://kube-etcd-1.kube-etcd:2380" },
  "repair-replace-member": { newMember: "bb" },
  "repair-verify-member": {
    revision: "44",
    members: [0, 1, 2].map((n) => ({ name: `kube-etcd-${n}`, hashKV: "7", revision: "44" })),
  },
};

describe("MemberRepair", () => {
  let engine: MockEngine;
  let report: unknown;
  const steps = () => engine.registrations.filter((r) => r.type === "command:local:Command");

  afterAll(() => scene.remove());
  beforeAll(async () => {
    engine = await startMockEngine(({ name }) => ({
      stdout: JSON.stringify(results[name] ?? {}),
      stderr: "",
    }));
    const { MemberRepair } = await import("../../components/repair/memberRepair.js");
    const repair = new MemberRepair("repair", args);
    report = await new Promise((resolve) => repair.report.apply(resolve));
    await engine.settled();
  });

  it("declares one utility Pod, on the bad member's volume and node, which etcd's own Pods are let onto, alone in it", () => {
    const pods = engine.registrations.filter((r) => r.type === "kubernetes:core/v1:Pod");
    expect(pods.map(({ name }) => name)).toEqual(["repair-kube-etcd-1-utility"]);
    expect(pods[0]?.inputs.metadata).toMatchObject({
      labels: { "sidecar.istio.io/inject": "false", "etcd-recovery/member": "kube-etcd-1" },
      annotations: {
        "linkerd.io/inject": "disabled",
        "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
      },
    });
    const spec = pods[0]?.inputs.spec;
    expect(spec).not.toHaveProperty("nodeSelector");
    const matchFields = [{ key: "metadata.name", operator: "In", values: ["node-b"] }];
    expect(spec).toMatchObject({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
        },
      },
      tolerations: [
        { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
        { key: "dedicated", operator: "Equal", value: "etcd", effect: "NoSchedule" },
      ],
      imagePullSecrets: [{ name: "registry" }],
      securityContext: { seLinuxOptions: { level: "s0:c1,c2" } },
      volumes: [{ persistentVolumeClaim: { claimName: "data-kube-etcd-1" } }, { name: "scripts" }],
    });
  });

  it("declares exactly its steps, one after the other; the guard before the first change", () => {
    const names = ["preflight", "guard", ...stepsAfterGuard("repair").map(({ act }) => act)].map(
      (act) => `repair-${act}`,
    );
    expect(
      steps()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...names].sort());
    names.reduce((earlier, name) => {
      expect([...engine.before(name)], name).toContain(earlier);
      return name;
    });
    expect([...engine.before("repair-guard")]).toContain("repair-kube-etcd-1-utility");
  });

  it("gives only the guard something to do on deletion", () => {
    const undoing = steps().filter(({ inputs }) => inputs.delete !== undefined);
    expect(undoing.map(({ name }) => name)).toEqual(["repair-guard"]);
  });

  it("runs each step once for an id", () => {
    for (const { inputs } of steps()) expect(inputs.triggers).toEqual(["r1"]);
  });

  it("never models an object of the cluster under repair", () => {
    const kinds = engine.registrations
      .map(({ type }) => type)
      .filter((type) => type.startsWith("kubernetes:"));
    expect(new Set(kinds)).toEqual(
      new Set([
        "kubernetes:core/v1:Pod",
        "kubernetes:core/v1:ConfigMap",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      ]),
    );
  });

  it("reports both ids and the members' hashes", () => {
    expect(report).toEqual({
      restoreId: "r1",
      cluster: "uc1",
      member: "kube-etcd-1",
      ids: { old: "aa", new: "bb" },
      revision: "44",
      members: [0, 1, 2].map((n) => ({ name: `kube-etcd-${n}`, hashKV: "7" })),
    });
  });

  it("reports no repair of another member than that of its steps", () => {
    const plan = { id: "r1", cluster: { name: "uc1" }, member: { name: "kube-etcd-2" } };
    expect(() => repairReportOf(plan, {}, {}, { member: "kube-etcd-1" })).toThrow(
      "restore.repair: kube-etcd-2: it was not repaired; restore.id r1 is of the repair of kube-etcd-1. pulumi config set --path restore.id r1-2",
    );
    // An older program's steps do not say whose they are.
    expect(repairReportOf(plan, {}, {}, {}).member).toBe("kube-etcd-2");
  });

  it("refuses a member that the cluster does not have, and names those that it has", () => {
    const cluster = {
      name: "uc1",
      namespace: "uc1",
      members: 3,
      profile: gdcKubeception,
      adminKubeconfig: "/k",
    };
    expect(() => planMemberRepair({ ...args, cluster, member: "kube-etcd-7" })).toThrow(
      "restore.repair: kube-etcd-7: not a member of uc1. Choose one of: kube-etcd-0, kube-etcd-1, kube-etcd-2.",
    );
  });
});
