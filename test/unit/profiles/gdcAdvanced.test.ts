import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { sourceOf } from "../../../components/backup/nodesSource";
import { checkArguments } from "../../../components/config/argumentsCheck";
import { checkConfig } from "../../../components/config/configCheck";
import { RefusedError } from "../../../components/errors";
import type { HostedContext } from "../../../components/hosted/hostedContext";
import { judgeGeneration as judgeHostedGeneration } from "../../../components/hosted/judgements/generation";
import { judgeGeneration } from "../../../components/nodes/judgements/machines";
import { judgeNodes } from "../../../components/nodes/judgeNodes";
import { type AdvancedFacts, judgeAdvanced } from "../../../components/profiles/gdcAdvanced";
import { nodesProfiles } from "../../../components/profiles/profiles";
import { staticPods } from "../../../lab/clusters/staticPods";

const image = (version: string, registry = "gcr.io/gke-on-prem-release") =>
  `${registry}/kube-apiserver-amd64:${version}`;
const facts: AdvancedFacts = {
  operation: "restore",
  cluster: "uc1",
  profile: "gdc-controlplane-v2",
  role: "user",
};

describe("which clusters are advanced", () => {
  it.each<[string, Partial<AdvancedFacts>, boolean]>([
    ["nothing is known of its images", {}, false],
    ["an image that is none", { images: [undefined, "", "kube-apiserver"] }, false],
    ["it says so itself", { profile: "gdc-advanced" }, true],
    ["1.33: may be or not", { images: [image("v1.33.5-gke.100")] }, false],
    ["1.34", { images: [image("v1.34.0-gke.100")] }, true],
    [
      "1.34, one machine of three upgraded",
      { images: [image("v1.33.5-gke.1"), image("v1.34.1-gke.1")] },
      true,
    ],
    ["1.34 and a digest", { images: [`${image("v1.34.0-gke.100")}@sha256:${"0".repeat(64)}`] }, true],
    ["1.100", { images: [image("v1.100.0-gke.1")] }, true],
    ["1.34 from a mirror, by its profile", { images: [image("v1.34.0-gke.100", "mirror:5000/x")] }, true],
    [
      "the same under kubeadm: somebody else's",
      { profile: "kubeadm", images: [image("v1.34.0-gke.1", "m/x")] },
      false,
    ],
    ["one that is said to be none", { profile: "kubeadm", images: [image("v1.34.0-gke.1")] }, false],
    ["Kubernetes itself", { images: ["registry.k8s.io/kube-apiserver:v1.36.1"] }, false],
    [
      "Kubernetes itself, by kubeadm",
      { profile: "kubeadm", images: ["registry.k8s.io/kube-apiserver:v1.36.1"] },
      false,
    ],
    [
      "another image of that version",
      { images: ["gcr.io/gke-on-prem-release/kube-scheduler:v1.34.0-gke.1"] },
      false,
    ],
  ])("%s", (_, change, isAdvanced) => {
    expect(judgeAdvanced({ ...facts, ...change }) !== undefined).toBe(isAdvanced);
  });
});

describe("gkectl's line", () => {
  const remedyOf = (change: Partial<AdvancedFacts>) =>
    judgeAdvanced({ ...facts, profile: "gdc-advanced", ...change })?.remedy.replace(
      "On the admin workstation: ",
      "",
    );
  const admin = { role: "admin", adminKubeconfig: "/home/op/admin kubeconfig" } as const;
  const kubeconfig = "--kubeconfig '/home/op/admin kubeconfig'";
  const file = "gkectl-workspace/backups/uc1_backup_TIMESTAMP.tar.gz";
  it.each<[Partial<AdvancedFacts>, string]>([
    [{}, `gkectl restore cluster --cluster-name uc1 --backup-file ${file} --kubeconfig ADMIN_KUBECONFIG`],
    [
      { adminKubeconfig: "a.conf", snapshot: "b/uc1_backup_1.tar.gz" },
      "gkectl restore cluster --cluster-name uc1 --backup-file b/uc1_backup_1.tar.gz --kubeconfig a.conf",
    ],
    [
      { snapshot: "uc1.db" },
      `gkectl restore cluster --cluster-name uc1 --backup-file ${file} --kubeconfig ADMIN_KUBECONFIG`,
    ],
    [
      { snapshot: "it's.tgz" },
      `gkectl restore cluster --cluster-name uc1 --backup-file 'it'\\''s.tgz' --kubeconfig ADMIN_KUBECONFIG`,
    ],
    [admin, `gkectl restore admin --backup-file ${file} --config ADMIN_CLUSTER_CONFIG`],
    [{ operation: "backup" }, "gkectl backup cluster --cluster-name uc1 --kubeconfig ADMIN_KUBECONFIG"],
    [{ ...admin, operation: "backup" }, `gkectl backup admin ${kubeconfig}`],
    [
      { operation: "backup", role: "any" },
      "gkectl backup cluster --cluster-name uc1 --kubeconfig ADMIN_KUBECONFIG   (an admin cluster: gkectl backup admin --kubeconfig ADMIN_KUBECONFIG)",
    ],
  ])("%o", (change, line) => expect(remedyOf(change)).toBe(line));
});

describe("profile: gdc-advanced", () => {
  const config = { cluster: "uc1", profile: "gdc-advanced", adminKubeconfig: "admin.kubeconfig" };
  const refusalOf = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      expect(error).toBeInstanceOf(RefusedError);
      return (error as Error).message;
    }
    return "accepted";
  };

  it("is refused by the configuration, in one sentence, whatever else is missing", () => {
    expect(refusalOf(() => checkConfig({ ...config, operation: "backup" }))).toBe(
      "profile: uc1 is an advanced cluster (gdc-advanced): gkectl alone backs it up. On the admin workstation: gkectl backup cluster --cluster-name uc1 --kubeconfig admin.kubeconfig",
    );
    const restore = { id: "r1", snapshot: "uc1_backup_x.tar.gz" };
    expect(refusalOf(() => checkConfig({ ...config, operation: "restore", restore }))).toMatch(
      /gkectl restore cluster --cluster-name uc1 --backup-file uc1_backup_x\.tar\.gz --kubeconfig admin\.kubeconfig$/,
    );
    expect(refusalOf(() => checkConfig({ profile: "gdc-advanced" }))).toMatch(
      /^profile: CLUSTER is .*\(an admin cluster: gkectl restore admin /,
    );
  });

  it("is refused by the components, and no content of a kubeconfig is repeated", () => {
    for (const secret of ["apiVersion: v1\nusers: [s3cret]\n", '{"users":["s3cret"]}']) {
      const said = refusalOf(() =>
        checkArguments("Restore uc1", { ...config, operation: "restore", adminKubeconfig: secret }),
      );
      expect(said).toMatch(/--kubeconfig ADMIN_KUBECONFIG$/);
    }
  });
});

describe("what is there says it", () => {
  const manifests = (version: string) =>
    new Map([
      [
        "kube-apiserver.yaml",
        `kind: Pod\nmetadata: { name: kube-apiserver }\nspec: { containers: [{ name: kube-apiserver, image: "${image(version)}" }] }\n`,
      ],
    ]);
  const machines = (...versions: string[]) => versions.map((version) => ({ manifests: manifests(version) }));

  it("on machines, as their manifests have it", () => {
    const named = {
      operation: "backup",
      cluster: "admin",
      profile: "gdc-admin",
      userKubeconfig: "/k",
    } as const;
    const profile = nodesProfiles["gdc-admin"];
    expect(judgeGeneration(machines("v1.33.1-gke.1", "v1.34.1-gke.1"), profile, named)).toEqual({
      code: "gdc-advanced",
      kind: "refused",
      message:
        "cluster admin: its API server is v1.34.1-gke.1, and clusters of Google Distributed Cloud are advanced from 1.34 on: gkectl alone backs it up",
      remedy:
        "On the admin workstation: gkectl backup admin --kubeconfig /k   (if it is none: pulumi config set profile kubeadm)",
    });
    expect(judgeGeneration(machines("v1.33.1-gke.1"), profile, named)).toBeUndefined();
    expect(judgeGeneration([{ manifests: new Map() }], profile, named)).toBeUndefined();
  });

  it("before anything is made there, unless the operation has begun or only removes", async () => {
    const access = { cluster: "admin", profile: "gdc-admin" };
    const known = {
      machine: "cp-1",
      skewSeconds: 0,
      others: [],
      beside: new Map(),
      manifests: manifests("v1.34.1-gke.1"),
    };
    const context = { members: [], facts: [known], profile: nodesProfiles["gdc-admin"], access, pods: [] };
    const judged = async (change: object) => {
      const asked = { id: "r1", operation: "restore", underWay: false, request: {}, ...change };
      const { refusals } = await judgeNodes(context as never, { userApi: {} } as never, asked as never);
      return refusals.map(({ code }) => code);
    };
    expect(await judged({})).toEqual(["gdc-advanced"]);
    expect(await judged({ operation: "rollback" })).toEqual(["gdc-advanced"]);
    expect(await judged({ underWay: true })).toEqual([]);
    expect(await judged({ operation: "finalize" })).toEqual([]);
  });

  it("before a backup of them is taken", () => {
    const made = { dataDirectory: "/var/lib/etcd", uid: 0, gid: 0, isMount: false };
    const texts = staticPods("admin-cp", ["admin-cp"], made).map(
      (pod) => [`${pod.metadata?.name}.yaml`, stringify(pod)] as const,
    );
    const open = (version: string) => {
      const own = new Map([...texts, ...manifests(version)]);
      const known = {
        machine: "admin-cp",
        hostname: "admin-cp",
        machineId: "1",
        skewSeconds: 0,
        missing: [],
        hasCrictl: true,
        others: [],
        beside: new Map<string, string>(),
      };
      const access = { cluster: "admin", profile: "gdc-admin", machines: [], userKubeconfig: "/k" };
      const parts = { machines: {}, access, profile: nodesProfiles["gdc-admin"], userAgent: "test" };
      return () => sourceOf(parts as never, [{ ...known, manifests: own }], () => undefined).close();
    };
    expect(open("v1.33.1-gke.1")).not.toThrow();
    expect(open("v1.34.1-gke.1")).toThrow(
      /gkectl alone backs it up\. .* gkectl backup admin --kubeconfig \/k /,
    );
  });

  it("of Pods in an admin cluster", () => {
    const context = { namespace: "uc1", access: { adminKubeconfig: "/a" } } as HostedContext;
    const judged = judgeHostedGeneration(context, { request: {} }, [image("v1.35.0-gke.1")]);
    expect(judged?.remedy).toMatch(/gkectl restore cluster --cluster-name uc1 .* --kubeconfig \/a$/);
    expect(judgeHostedGeneration(context, { request: {} }, [image("v1.30.0-gke.1")])).toBeUndefined();
  });
});
