import { describe, expect, test } from "vitest";
import { userApiServer } from "../../lab/clusters/userApiServer";
import { planUserCluster } from "../../lab/clusters/userCluster";
import { userControllers } from "../../lab/clusters/userControllers";
import { etcdCertificateSecret, userEtcd } from "../../lab/clusters/userEtcd";
import { chosenMembers } from "../../lab/damage";
import { labImages } from "../../lab/images/labImages";
import { LabDirectory } from "../../lab/labDirectory";
import { allWorkers } from "../../lab/shapes";

const directory = new LabDirectory("lab", "/var/lib/labs");
const highlyAvailable = planUserCluster(directory, { name: "uc1" }, allWorkers, 0);
const find = <T extends { kind?: string }>(objects: readonly T[], kind: string) =>
  objects.filter((object) => object.kind === kind);

describe("a user cluster's plan", () => {
  test("is highly available on three workers", () => {
    expect(highlyAvailable).toEqual({
      name: "uc1",
      members: 3,
      apiservers: 3,
      pdb: true,
      address: "10.79.0.1",
      kubeconfig: "/var/lib/labs/lab/kubeconfig/uc1.kubeconfig",
      memberNodes: ["node-a", "node-b", "node-c"],
    });
  });

  test("is single on one worker, and puts three members there when told to", () => {
    expect(planUserCluster(directory, { name: "uc1" }, ["node-a"], 0)).toMatchObject({
      members: 1,
      apiservers: 1,
    });
    expect(planUserCluster(directory, { name: "uc1", members: 3 }, ["node-a"], 0).memberNodes).toEqual([
      "node-a",
      "node-a",
      "node-a",
    ]);
  });

  test("gives each cluster an address of its own", () => {
    expect(planUserCluster(directory, { name: "uc2" }, allWorkers, 1).address).toBe("10.79.0.2");
  });

  test.each([0, 6, 1.5])("refuses %d API servers", (apiservers) => {
    expect(() => planUserCluster(directory, { name: "uc1", apiservers }, allWorkers, 0)).toThrow(
      /API servers/,
    );
  });

  test("refuses a name that is no namespace", () => {
    expect(() => planUserCluster(directory, { name: "UC 1" }, allWorkers, 0)).toThrow(/cannot name/);
  });
});

describe("a user cluster's etcd", () => {
  const [statefulSet] = find(userEtcd(highlyAvailable), "StatefulSet") as [
    import("@kubernetes/client-node").V1StatefulSet,
  ];
  const container = statefulSet.spec?.template.spec?.containers[0];

  test("has the names of kubeception", () => {
    expect(statefulSet.metadata).toEqual({ name: "kube-etcd", namespace: "uc1" });
    expect(container?.name).toBe("kube-etcd");
    expect(container?.volumeMounts).toEqual([
      { name: "data", mountPath: "/var/lib/etcd" },
      { name: "etcd-certs", mountPath: "/etcd.local.config/certificates" },
    ]);
    expect(statefulSet.spec?.volumeClaimTemplates?.[0]?.metadata?.name).toBe("data");
  });

  test("starts its members together: with a readiness that needs quorum they would never start in order", () => {
    expect(statefulSet.spec?.podManagementPolicy).toBe("Parallel");
    expect(container?.readinessProbe?.httpGet).toEqual({ path: "/readyz", port: 2381 });
  });

  test("is one cluster of three, with the token of the documented procedure", () => {
    expect(container?.command).toContain(
      "--initial-cluster=kube-etcd-0=https://kube-etcd-0.kube-etcd:2380,kube-etcd-1=https://kube-etcd-1.kube-etcd:2380,kube-etcd-2=https://kube-etcd-2.kube-etcd:2380",
    );
    expect(container?.command).toContain("--initial-cluster-token=etcd-cluster-1");
    expect(container?.command).toContain("--peer-client-cert-auth=true");
  });

  test("has a certificate Secret whose suffix differs from cluster to cluster", () => {
    expect(etcdCertificateSecret("uc1")).toMatch(/^kube-etcd-certs-[0-9a-f]{4}$/);
    expect(etcdCertificateSecret("uc1")).not.toBe(etcdCertificateSecret("uc2"));
  });
});

describe("a user cluster's API servers", () => {
  test("have a disruption budget, or none", () => {
    expect(find(userApiServer(highlyAvailable, 3), "PodDisruptionBudget")).toHaveLength(1);
    expect(find(userApiServer({ ...highlyAvailable, pdb: false }, 3), "PodDisruptionBudget")).toHaveLength(0);
  });

  test("keep apart only where there are workers enough", () => {
    const affinity = (workers: number) =>
      JSON.stringify(find(userApiServer(highlyAvailable, workers), "StatefulSet")).includes(
        "podAntiAffinity",
      );
    expect(affinity(3)).toBe(true);
    expect(affinity(1)).toBe(false);
  });
});

test("a user cluster's controllers are Deployments of its namespace, with their own images", () => {
  const deployments = userControllers(highlyAvailable);
  expect(deployments.map((deployment) => deployment.metadata?.name)).toEqual([
    "kube-controller-manager",
    "kube-scheduler",
    "gke-master-etcd-maintenance",
  ]);
  const images = deployments.map((deployment) => deployment.spec?.template.spec?.containers[0]?.image);
  expect(images.slice(0, 2)).toEqual([
    "registry.k8s.io/kube-controller-manager:v1.36.3",
    "registry.k8s.io/kube-scheduler:v1.36.3",
  ]);
});

test("no two images have equal content, which the container runtime would mix up", () => {
  const contents = labImages.map((image) => JSON.stringify([image.programs, image.shell]));
  expect(new Set(contents).size).toBe(contents.length);
});

describe("the members to damage", () => {
  test("are those that exist", () => {
    expect(chosenMembers(highlyAvailable, "all")).toEqual([0, 1, 2]);
    expect(chosenMembers(highlyAvailable, [1, 1])).toEqual([1]);
  });

  test.each([[[3]], [[]]])("are refused otherwise: %j", (members) => {
    expect(() => chosenMembers(highlyAvailable, members)).toThrow(/Choose from 0, 1, 2, or all/);
  });
});
