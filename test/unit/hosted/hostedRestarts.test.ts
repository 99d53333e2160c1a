import { expect, it } from "vitest";
import { paths, pod, workload } from "../../support/hostedScene";
import { scene } from "./workloadsScene";

it("defect 8: a StatefulSet is restarted one Pod at a time, from the last, each ready before the next", async () => {
  const { api, workloads } = scene();
  api.put(paths.statefulSets, workload("store", { replicas: 3 }));
  for (const ordinal of [0, 1, 2]) api.put(paths.pods, pod("store", `store-${ordinal}`));
  const notReady: number[] = [];
  api.after.push(({ method, path }) => {
    if (method !== "DELETE") return undefined;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const others = [0, 1, 2].filter((ordinal) => !api.objects.has(`${paths.pods}/store-${ordinal}`));
    notReady.push(others.length);
    setTimeout(() => api.put(paths.pods, pod("store", name)), 20);
    return undefined;
  });
  expect(await workloads.restart("StatefulSet/store", undefined)).toEqual({ ready: 3, wanted: 3 });
  expect(api.made("DELETE").map(({ path }) => path.slice(-7))).toEqual(["store-2", "store-1", "store-0"]);
  expect(notReady).toEqual([1, 1, 1]);
});

it("defect 8: one Pod that does not come back leaves the others alone", async () => {
  const { api, workloads } = scene();
  api.put(paths.statefulSets, workload("store", { replicas: 2, ready: 1 }));
  for (const ordinal of [0, 1]) api.put(paths.pods, pod("store", `store-${ordinal}`));
  expect(await workloads.restart("StatefulSet/store", undefined)).toEqual({ ready: 1, wanted: 2 });
  expect(api.made("DELETE")).toHaveLength(1);
});

it("restarts a Deployment's and a DaemonSet's Pods at once", async () => {
  const { api, workloads } = scene();
  api.put(paths.daemonSets, workload("agent", { status: { numberReady: 1, desiredNumberScheduled: 2 } }));
  for (const name of ["agent-a", "agent-b"])
    api.put(paths.pods, pod("agent", name, { metadata: { ownerReferences: [] } }));
  expect(await workloads.restart("DaemonSet/agent", undefined)).toEqual({ ready: 1, wanted: 2 });
  expect(api.made("DELETE")).toHaveLength(2);
  await expect(workloads.restart("Deployment/none", undefined)).rejects.toThrow(/^Deployment\/none is gone/);
});
