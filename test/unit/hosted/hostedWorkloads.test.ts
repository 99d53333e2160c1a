import { expect, it, vi } from "vitest";
import type { FoundWorkload } from "../../../components/procedure/ledgerRecord";
import { apiError, once } from "../../support/fakeApi";
import { paths, pod, workload } from "../../support/hostedScene";
import { apiServers, etcd, granted, replicasOf, scene, scheduler } from "./workloadsScene";

it("stops members: short grace first, then the number, each only as it was read", async () => {
  const { api, workloads } = scene();
  await workloads.stop(etcd, granted);
  const changes = api.calls.filter(({ method }) => method === "DELETE" || method === "PATCH");
  expect(changes.map(({ method }) => method)).toEqual(["DELETE", "DELETE", "DELETE", "PATCH"]);
  expect(changes[0]?.body).toMatchObject({
    gracePeriodSeconds: 3,
    preconditions: { uid: expect.any(String) },
  });
  expect(changes[3]).toMatchObject({
    path: `${paths.statefulSets}/kube-etcd/scale`,
    body: { metadata: { resourceVersion: expect.any(String) }, spec: { replicas: 0 } },
  });
  expect(replicasOf(api, `${paths.statefulSets}/kube-etcd`)).toBe(0);
});

it("gives API servers one second, and controllers their own time", async () => {
  const { api, workloads } = scene();
  api.put(paths.pods, pod("kube-apiserver", "kube-apiserver-0"));
  api.put(paths.pods, pod("kube-scheduler", "kube-scheduler-x", { metadata: { ownerReferences: [] } }));
  await workloads.stop(apiServers, granted);
  await workloads.stop(scheduler, granted);
  expect(
    api
      .made("DELETE")
      .map(({ path, body }) => [path, (body as { gracePeriodSeconds: number }).gracePeriodSeconds]),
  ).toEqual([[`${paths.pods}/kube-apiserver-0`, 1]]);
  expect(replicasOf(api, `${paths.deployments}/kube-scheduler`)).toBe(0);
});

it("ends the Pods of a controller that is a StatefulSet itself, in their own time: one in order would keep two sick ones", async () => {
  const { api, workloads } = scene();
  api.put(paths.statefulSets, workload("operator", { replicas: 2, ready: 0 }));
  for (const n of [0, 1])
    api.put(paths.pods, pod("operator", `operator-${n}`, { status: { conditions: [] } }));
  const operator: FoundWorkload = {
    ...{ name: "StatefulSet/operator", part: "controllers", replicas: 2, selector: "app=operator" },
  };
  await workloads.stop(operator, granted);
  expect(api.made("DELETE").map(({ path, body }) => [path, body])).toEqual(
    [0, 1].map((n) => [
      `${paths.pods}/operator-${n}`,
      expect.not.objectContaining({ gracePeriodSeconds: expect.anything() }),
    ]),
  );
  expect(replicasOf(api, `${paths.statefulSets}/operator`)).toBe(0);
});

it("changes nothing without the permit, which is asked after the workload was read", async () => {
  const { api, workloads } = scene();
  const permit = vi.fn(async () => {
    expect(api.made("GET", "statefulsets/kube-etcd")).toHaveLength(1);
    throw new Error("the ledger has moved");
  });
  await expect(workloads.stop(etcd, permit)).rejects.toThrow("the ledger has moved");
  await expect(
    workloads.start({ ...etcd, replicas: 5 }, async () => Promise.reject(new Error("moved"))),
  ).rejects.toThrow("moved");
  expect(api.calls.every(({ method }) => method === "GET")).toBe(true);
});

it("reads and asks again when the workload has changed under it, and gives up after 10 times", async () => {
  const { api, workloads } = scene();
  const path = `${paths.deployments}/kube-scheduler`;
  const permit = vi.fn(async () => {
    if (permit.mock.calls.length < 4) api.touch(path, () => undefined);
  });
  await workloads.stop(scheduler, permit);
  expect(permit).toHaveBeenCalledTimes(4);
  expect(replicasOf(api, path)).toBe(0);
  const always = vi.fn(async () => api.touch(path, () => undefined));
  await expect(workloads.start(scheduler, always)).rejects.toThrow(
    /^Deployment kube-scheduler could not be scaled to 1: .*modified/,
  );
  expect(always).toHaveBeenCalledTimes(10);
});

it("a change whose answer is lost is found out by reading", async () => {
  const { api, workloads } = scene();
  api.after.push(
    once(
      ({ method }) => method === "PATCH",
      () => {
        throw apiError("interrupted", "cut", true);
      },
    ),
  );
  await workloads.stop(scheduler, granted);
  expect(api.made("PATCH")).toHaveLength(1);
  expect(replicasOf(api, `${paths.deployments}/kube-scheduler`)).toBe(0);
});

it.each([
  ["GET", "statefulsets/kube-apiserver"],
  ["GET", "pods"],
  ["DELETE", "pods/kube-apiserver-0"],
] as const)(
  "an API that answers late to %s %s is asked again: to fail would only lengthen the outage",
  async (method, of) => {
    const { api, workloads } = scene();
    api.put(paths.pods, pod("kube-apiserver", "kube-apiserver-0"));
    api.before.push(
      once(
        (call) => call.method === method && call.path.endsWith(of),
        () => {
          throw apiError("timeout", "no answer within 15 s");
        },
      ),
    );
    await workloads.stop(apiServers, granted);
    expect(api.made(method, of).length).toBeGreaterThan(1);
    expect(api.objects.has(`${paths.pods}/kube-apiserver-0`)).toBe(false);
    expect(replicasOf(api, `${paths.statefulSets}/kube-apiserver`)).toBe(0);
  },
);

it("an API that never answers is asked three times, and nothing of it is kept from the reader", async () => {
  const { api, workloads } = scene();
  api.before.push(({ method }) => {
    if (method === "GET") throw apiError("timeout", "no answer within 15 s");
    return undefined;
  });
  await expect(workloads.stop(apiServers, granted)).rejects.toThrow(
    /^StatefulSet kube-apiserver could not be scaled to 0: no answer within 15 s/,
  );
  expect(api.made("GET")).toHaveLength(3);
});

it("stops no members whose volumes would go with the last of them, however late that was set", async () => {
  const { api, workloads } = scene();
  const path = `${paths.statefulSets}/kube-etcd`;
  api.touch(path, (set) => {
    Object.assign(set.spec as object, { persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete" } });
  });
  await expect(workloads.stop(etcd, granted)).rejects.toMatchObject({ refusal: { code: "retention" } });
  expect(api.made("DELETE")).toEqual([]);
  expect(replicasOf(api, path)).toBe(3);
});

it("members whose StatefulSet was deleted, and left them running, are there still", async () => {
  const { api, workloads } = scene();
  for (const ordinal of [0, 1, 2])
    api.touch(`${paths.pods}/kube-etcd-${ordinal}`, ({ metadata }) => {
      metadata.ownerReferences = [];
    });
  api.put(paths.pods, { metadata: { name: "kube-etcd-debug", labels: { app: "kube-etcd" } } });
  api.put(
    paths.pods,
    pod("kube-etcd-events", "kube-etcd-events-0", { metadata: { labels: { app: "kube-etcd" } } }),
  );
  const wanted = { wanted: 3, instances: [0, 1, 2].map((n) => `kube-etcd-${n} on node-${n}`) };
  expect(await workloads.still([etcd])).toMatchObject([wanted]);
  api.objects.delete(`${paths.statefulSets}/kube-etcd`);
  expect(await workloads.still([etcd])).toMatchObject([{ ...wanted, wanted: 0 }]);
});

it("names what keeps the object of a Pod that has ended: no node has to be mended for it", async () => {
  const { api, workloads } = scene();
  api.touch(`${paths.pods}/kube-etcd-1`, ({ metadata }) => {
    metadata.deletionTimestamp = new Date().toISOString();
    metadata.finalizers = ["example.com/backup"];
  });
  expect((await workloads.still([etcd]))[0]?.instances).toEqual([
    "kube-etcd-0 on node-0",
    "kube-etcd-1 on node-1 (kept by its finalizers: example.com/backup)",
    "kube-etcd-2 on node-2",
  ]);
});

it("a late stop meets what an undo has started, and does not touch Pods that are new", async () => {
  const { api, workloads } = scene();
  const late = async () => {
    // While its permit travels, the undo has gone by.
    api.put(paths.pods, pod("kube-etcd", "kube-etcd-0", { metadata: { uid: "new" } }));
    throw new Error("undoing");
  };
  await expect(workloads.stop(etcd, late)).rejects.toThrow("undoing");
  expect(api.objects.get(`${paths.pods}/kube-etcd-0`)?.metadata.uid).toBe("new");
  expect(replicasOf(api, `${paths.statefulSets}/kube-etcd`)).toBe(3);
});

it("what is refused is said at once, what is gone cannot be started", async () => {
  const { api, workloads } = scene();
  api.before.push(({ method }) => {
    if (method === "PATCH") throw apiError("forbidden", "no right");
    return undefined;
  });
  await expect(workloads.stop(scheduler, granted)).rejects.toThrow(/could not be scaled to 0: no right/);
  expect(api.made("PATCH")).toHaveLength(1);
  api.objects.delete(`${paths.deployments}/kube-scheduler`);
  await expect(workloads.start(scheduler, granted)).rejects.toThrow(
    /^Deployment kube-scheduler is gone: something deleted it/,
  );
  await expect(workloads.stop(scheduler, granted)).resolves.toBeUndefined();
});

it("gone: the 0 is seen and no Pod is left", async () => {
  const { api, workloads } = scene();
  const set = (change: object) =>
    api.put(paths.statefulSets, workload("kube-etcd", { replicas: 0, ...change }));
  const names = async () =>
    (await workloads.still([etcd, scheduler])).map(({ workload: name, wanted, instances }) => ({
      name,
      wanted,
      instances,
    }));
  api.put(paths.deployments, workload("kube-scheduler", { replicas: 0 }));
  set({ status: { observedGeneration: 0 } });
  for (const name of ["kube-etcd-0", "kube-etcd-1"]) api.objects.delete(`${paths.pods}/${name}`);
  expect(await names()).toEqual([
    { name: "StatefulSet/kube-etcd", wanted: 0, instances: ["kube-etcd-2 on node-2"] },
  ]);
  api.objects.delete(`${paths.pods}/kube-etcd-2`);
  expect(await names()).toEqual([{ name: "StatefulSet/kube-etcd", wanted: 0, instances: [] }]);
  set({});
  api.put(
    paths.pods,
    pod("kube-scheduler", "evicted", { metadata: { ownerReferences: [] }, status: { phase: "Failed" } }),
  );
  expect(await names()).toEqual([]);
  api.calls.length = 0;
  await workloads.still([etcd, apiServers]);
  expect(api.calls.length).toBeLessThanOrEqual(3);
});

it("defect 9: says in the next poll that something scales back, who it is, and what to pause", async () => {
  const { api, workloads } = scene();
  const owner = { apiVersion: "etcd.example.com/v1", kind: "EtcdCluster", name: "main", uid: "u" };
  const by = (manager: string, time: string, subresource?: string) => ({
    manager,
    time,
    ...(subresource ? { subresource } : {}),
    fieldsV1: { "f:spec": { "f:replicas": {} } },
  });
  const managedFields = [
    by("etcd-operator", "2026-01-02T00:00:00Z"),
    by("etcd-recovery", "2026-01-01T00:00:00Z", "scale"),
    { manager: "later", time: "2027-01-01T00:00:00Z" },
  ];
  api.put(
    paths.statefulSets,
    workload("kube-etcd", { replicas: 3, metadata: { managedFields, ownerReferences: [owner] } }),
  );
  api.put("/api/v1/namespaces/uc1/events", {
    metadata: { name: "e" },
    involvedObject: { name: "kube-etcd" },
    reason: "SuccessfulCreate",
    message: "created token=abc",
  });
  const [still] = await workloads.still([etcd]);
  expect(still).toMatchObject({ workload: "StatefulSet/kube-etcd", wanted: 3 });
  expect(still?.by).toBe(
    "its replicas were set by etcd-operator at 2026-01-02T00:00:00Z; it belongs to EtcdCluster main (etcd.example.com/v1); pause what acts for EtcdCluster main (etcd.example.com/v1)",
  );
  expect(still?.events).toEqual(["SuccessfulCreate created token=[hidden]"]);
});

it.each([
  [
    {
      managedFields: [
        {
          manager: "kube-controller-manager",
          subresource: "scale",
          time: "t",
          fieldsV1: { "f:spec": { "f:replicas": {} } },
        },
      ],
    },
    /kube-controller-manager \(scale\) at t; remove its HorizontalPodAutoscaler/,
  ],
  [
    { managedFields: [{ manager: "reconciler", fieldsV1: { "f:spec": { "f:replicas": {} } } }] },
    /^its replicas were set by reconciler; pause reconciler$/,
  ],
  [
    {
      labels: { "app.kubernetes.io/managed-by": "Helm" },
      annotations: { "argocd.argoproj.io/tracking-id": "x" },
    },
    /^it belongs to Helm, Argo CD; pause what acts for Helm, Argo CD$/,
  ],
  [{}, /^$/],
])("defect 9: whoever it is: %#", async (metadata, sentence) => {
  const { api, workloads } = scene();
  api.put(paths.deployments, workload("kube-scheduler", { replicas: 1, metadata }));
  expect((await workloads.still([scheduler]))[0]?.by).toMatch(sentence);
});

it("knows a named controller elsewhere by its namespace", async () => {
  const { api, workloads } = scene();
  const elsewhere = "/apis/apps/v1/namespaces/kube-system/deployments";
  api.put(elsewhere, workload("operator"));
  const operator: FoundWorkload = {
    name: "Deployment/operator",
    namespace: "kube-system",
    part: "controllers",
    replicas: 1,
    selector: "app=operator",
  };
  expect(await workloads.still([operator])).toMatchObject([
    { workload: "kube-system/Deployment/operator", wanted: 1 },
  ]);
  await workloads.stop(operator, granted);
  expect(replicasOf(api, `${elsewhere}/operator`)).toBe(0);
});

it("an unseen change counts as not ready; a container that ended three times as crashing", async () => {
  const { api, workloads } = scene();
  api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, metadata: { generation: 2 } }));
  expect(await workloads.readiness(etcd)).toEqual({ ready: 0, wanted: 3 });
  api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, ready: 2 }));
  expect(await workloads.readiness(etcd)).toEqual({ ready: 2, wanted: 3 });
  expect(await workloads.crashing(etcd)).toBe(false);
  const waiting = {
    restartCount: 3,
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { exitCode: 2 } },
  };
  api.put(
    paths.pods,
    pod("kube-etcd", "kube-etcd-1", { status: { conditions: [], containerStatuses: [waiting] } }),
  );
  expect(await workloads.crashing(etcd)).toBe(true);
  api.logs.set("kube-etcd-1", "password=geheim\nfatal");
  const trouble = await workloads.trouble(etcd);
  expect(trouble[0]).toBe("kube-etcd-1: Running, CrashLoopBackOff, last exit code 2");
  expect(trouble.join("\n")).not.toContain("geheim");
  await workloads.renew(etcd);
  expect(api.made("DELETE").map(({ path }) => path)).toEqual([`${paths.pods}/kube-etcd-1`]);
});

it.each([
  [etcd, "kube-etcd", { name: "kube-etcd", image: "x/etcd:3" }],
  [apiServers, "kube-apiserver", { name: "main", image: "gcr.io/x/kube-apiserver-amd64:v1" }],
])(
  "what ends again and again beside a server, and needs it, is no reason to give up or to end the server: %#",
  async (workload, owner, server) => {
    const { api, workloads } = scene();
    const crashed = { restartCount: 5, state: { waiting: { reason: "CrashLoopBackOff" } } };
    const put = (...containerStatuses: object[]) =>
      api.put(paths.pods, pod(owner, `${owner}-1`, { status: { conditions: [], containerStatuses } }));
    put({ name: "beside", image: "x/metrics:1", ...crashed }, { ...server, restartCount: 0 });
    expect(await workloads.crashing(workload)).toBe(false);
    await workloads.renew(workload);
    expect(api.made("DELETE")).toEqual([]);
    put({ name: "beside", image: "x/metrics:1", restartCount: 0 }, { ...server, ...crashed });
    expect(await workloads.crashing(workload)).toBe(true);
    await workloads.renew(workload);
    expect(api.made("DELETE").map(({ path }) => path)).toEqual([`${paths.pods}/${owner}-1`]);
  },
);

it("without a Pod, the trouble is what the workload's events say", async () => {
  const { api, workloads } = scene();
  api.put("/api/v1/namespaces/uc1/events", {
    metadata: { name: "e" },
    involvedObject: { name: "kube-scheduler" },
    reason: "FailedCreate",
    message: "quota",
  });
  expect(await workloads.trouble(scheduler)).toEqual(["    event: FailedCreate quota"]);
});
