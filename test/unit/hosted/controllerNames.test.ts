import { expect, it } from "vitest";
import { checkConfig } from "../../../components/config/configCheck";
import { namesText, parseNames } from "../../../components/hosted/hostedAccess";
import { parseWorkloadName } from "../../../components/hosted/workloads/kubeWorkload";
import { hostedScene } from "../../support/hostedScene";

const config = (controllers: string[]) => ({
  operation: "backup",
  cluster: "uc1",
  adminKubeconfig: "/k",
  backup: { generation: "1", directory: "/b" },
  overrides: { controllers },
});

it.each(["discover", "Deployment/kube-scheduler", "deployments/x.y", "kube-system/Deployment/operator"])(
  "defect 8: the configuration takes %s",
  (name) => {
    expect(() => checkConfig(config([name]))).not.toThrow();
  },
);

it.each(["operator", "a/b/Deployment/c", "Kube_System/Deployment/c", "kube-system/Deployment/"])(
  "defect 8: the configuration refuses %s",
  (name) => {
    expect(() => checkConfig(config([name]))).toThrow(/overrides.controllers.0: must be Kind\/name/);
  },
);

it("reads kinds as kubectl takes them", () => {
  expect(parseWorkloadName("DEPLOYMENTS/a")).toEqual({ kind: "Deployment", name: "a" });
  expect(parseWorkloadName("ns/statefulset/a")).toEqual({ kind: "StatefulSet", name: "a", namespace: "ns" });
  for (const text of ["a", "Job/a", "Deployment/", "x/y/Deployment/a"])
    expect(parseWorkloadName(text)).toBeUndefined();
});

it("defect 8: the ledger keeps names of other namespaces, and the known ones", () => {
  const { names } = hostedScene({
    profile: { controllers: ["discover", "kube-system/Deployment/op"] },
  }).context;
  expect(parseNames(namesText(names), "here")).toEqual(names);
});
