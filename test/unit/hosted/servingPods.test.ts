import { expect, it } from "vitest";
import { paths, pod, workload } from "../../support/hostedScene";
import { apiServers, etcd, granted, replicasOf, scene, scheduler } from "./workloadsScene";

const server = { name: "kube-apiserver", image: "gcr.io/x/kube-apiserver-amd64:v1", ready: true };
const beside = { name: "konnectivity", image: "x/konnectivity:1", ready: false };

it.each([
  ["the server serves, what is beside it waits for the controllers", apiServers, [server, beside], 2],
  ["the server itself is not ready", apiServers, [{ ...server, ready: false }, beside], 0],
  ["nothing says which one serves", apiServers, [{ name: "main", ready: true }, beside], 0],
  ["a member", etcd, [{ name: "kube-etcd", ready: true }, beside], 2],
  ["a controller", scheduler, [{ name: "kube-scheduler", ready: true }, beside], 0],
])("counts by the containers that serve: %s", async (_, found, containerStatuses, ready) => {
  const { api, workloads } = scene();
  const [kind = "", name = ""] = found.name.split("/");
  const collection = kind === "Deployment" ? paths.deployments : paths.statefulSets;
  for (const path of [...api.objects.keys()].filter((path) => path.startsWith(`${paths.pods}/`)))
    api.objects.delete(path);
  api.put(collection, workload(name, { replicas: 2, ready: 0 }));
  const put = (ordinal: number, metadata: object = {}) =>
    api.put(
      paths.pods,
      pod(name, `${name}-${ordinal}`, { metadata, status: { conditions: [], containerStatuses } }),
    );
  put(0);
  put(1);
  expect(await workloads.readiness(found)).toEqual({ ready, wanted: 2 });
  put(1, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  expect(await workloads.readiness(found)).toEqual({ ready: Math.min(ready, 1), wanted: 2 });
});

it("does not count servers of before a change that nobody has seen yet", async () => {
  const { api, workloads } = scene();
  api.put(paths.statefulSets, workload("kube-apiserver", { replicas: 2, metadata: { generation: 2 } }));
  api.put(paths.pods, pod("kube-apiserver", "kube-apiserver-0", { status: { containerStatuses: [server] } }));
  expect(await workloads.readiness(apiServers)).toEqual({ ready: 0, wanted: 2 });
});

it("leaves what has more than it was found with as it is, but members as many as they were", async () => {
  const { api, workloads } = scene();
  const managedFields = [
    {
      ...{ manager: "kube-controller-manager", subresource: "scale", time: "t" },
      fieldsV1: { "f:spec": { "f:replicas": {} } },
    },
  ];
  api.put(paths.deployments, workload("kube-scheduler", { replicas: 3, metadata: { managedFields } }));
  await workloads.start(scheduler, granted);
  expect(replicasOf(api, `${paths.deployments}/kube-scheduler`)).toBe(3);
  expect(await workloads.readiness(scheduler)).toEqual({ ready: 3, wanted: 3, autoscaled: true });
  api.put(paths.statefulSets, workload("kube-etcd", { replicas: 5 }));
  await workloads.start(etcd, granted);
  expect(replicasOf(api, `${paths.statefulSets}/kube-etcd`)).toBe(3);
});
