import { expect, it } from "vitest";
import { hostedWorkloads } from "../../../components/hosted/hostedWorkloads";
import { foundSchema } from "../../../components/procedure/ledgerRecord";
import {
  deletingVolumes,
  hostedScene,
  paths,
  putControlPlane,
  type SceneChange,
  workload,
} from "../../support/hostedScene";

async function find(
  change: SceneChange = {},
  put: (api: ReturnType<typeof hostedScene>["api"]) => void = () => undefined,
) {
  const { api, context } = hostedScene(change);
  putControlPlane(api);
  put(api);
  const answer = await hostedWorkloads(context).find();
  expect(foundSchema.parse(answer.found)).toEqual(answer.found);
  return answer;
}

it("finds what is stopped, by part, and nothing to say against it", async () => {
  const { found, refusals } = await find();
  expect(refusals).toEqual([]);
  expect(found.quorum).toBe(true);
  expect(
    found.workloads.map(({ name, part, replicas, selector }) => `${part} ${name} ${replicas} ${selector}`),
  ).toEqual([
    "etcd StatefulSet/kube-etcd 3 app=kube-etcd",
    "apiServers StatefulSet/kube-apiserver 2 app=kube-apiserver",
    "controllers Deployment/kube-controller-manager 1 app=kube-controller-manager",
    "controllers Deployment/kube-scheduler 1 app=kube-scheduler",
    "maintenance Deployment/gke-master-etcd-maintenance 1 app=gke-master-etcd-maintenance",
  ]);
});

it("records which controllers work without being elected", async () => {
  const { found } = await find({}, (api) => {
    const args = ["--leader-elect=true", "--leader-elect=false"];
    api.put(paths.deployments, workload("kube-scheduler", { container: { args } }));
    const elected = { args: ["--leader-elect"] };
    api.put(paths.deployments, workload("kube-controller-manager", { container: elected }));
  });
  expect(found.workloads.filter(({ unelected }) => unelected).map(({ name }) => name)).toEqual([
    "Deployment/kube-scheduler",
  ]);
});

it("defect 3: records how many of each are ready", async () => {
  const { found } = await find({}, (api) => {
    api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, ready: 1 }));
    api.put(paths.deployments, workload("kube-scheduler", { replicas: 2, ready: 0 }));
  });
  expect(found.workloads.find(({ name }) => name === "StatefulSet/kube-etcd")?.ready).toBe(1);
  expect(found.workloads.find(({ name }) => name === "Deployment/kube-scheduler")).toMatchObject({
    replicas: 2,
    ready: 0,
  });
  expect(found.quorum).toBe(false);
});

it("defect 8: stops known controllers of the hosting cluster", async () => {
  const { found } = await find({}, (api) => {
    api.put(paths.deployments, workload("clusterapi-controllers"));
    api.put(paths.deployments, workload("cluster-api-v2"));
    api.put(paths.deployments, workload("konnectivity"));
  });
  const controllers = found.workloads.filter(({ part }) => part === "controllers").map(({ name }) => name);
  expect(controllers).toContain("Deployment/clusterapi-controllers");
  expect(controllers).toContain("Deployment/cluster-api-v2");
  expect(found.others).toEqual([{ name: "Deployment/konnectivity", why: "none" }]);
});

it("defect 8: stops a named controller of another namespace, and asks there for nothing else", async () => {
  const controllers = ["discover", "kube-system/deployments/user-cluster-controller"];
  const { api, context } = hostedScene({ profile: { controllers } });
  putControlPlane(api);
  api.put(
    "/apis/apps/v1/namespaces/kube-system/deployments",
    workload("user-cluster-controller", { replicas: 2 }),
  );
  const { found, refusals } = await hostedWorkloads(context).find();
  expect(refusals).toEqual([]);
  expect(found.workloads).toContainEqual({
    name: "Deployment/user-cluster-controller",
    namespace: "kube-system",
    part: "controllers",
    replicas: 2,
    ready: 2,
    selector: "app=user-cluster-controller",
  });
  expect(api.calls.filter(({ path }) => path.includes("kube-system"))).toHaveLength(1);
});

it.each([
  [
    "Deployment/none",
    /^overrides.controllers: namespace uc1 has no Deployment\/none; it has: .*Deployment\/kube-scheduler /,
  ],
  ["kube-system/Deployment/none", /^overrides.controllers: namespace kube-system has no Deployment\/none$/],
  ["DaemonSet/agent", /^overrides.controllers: DaemonSet\/agent cannot be stopped by scaling$/],
  ["Job/once", /^overrides.controllers: Job\/once: not a Deployment or StatefulSet$/],
])("defect 8: %s is refused by its name", async (name, sentence) => {
  const { refusals } = await find({ profile: { controllers: ["discover", name] } });
  expect(refusals).toHaveLength(1);
  expect(refusals[0]).toMatchObject({ kind: "misset", message: expect.stringMatching(sentence) });
});

it("defect 8: says who owns the servers' StatefulSets, and what to stop", async () => {
  const owner = { apiVersion: "etcd.example.com/v1", kind: "EtcdCluster", name: "main", uid: "u" };
  const { notes, refusals } = await find({}, (api) => {
    api.put(
      paths.statefulSets,
      workload("kube-etcd", { replicas: 3, metadata: { ownerReferences: [owner] } }),
    );
    const managedFields = [{ manager: "operator", time: "t", fieldsV1: { "f:spec": { "f:replicas": {} } } }];
    api.put(paths.statefulSets, workload("kube-apiserver", { replicas: 2, metadata: { managedFields } }));
  });
  expect(refusals).toEqual([]);
  expect(notes[0]).toMatch(
    /^StatefulSet\/kube-etcd belongs to EtcdCluster main \(etcd.example.com\/v1\): .*NAMESPACE\/Kind\/name$/,
  );
  expect(notes[1]).toMatch(/^StatefulSet\/kube-apiserver has its replicas from operator: /);
});

it("defect 10: a controller at 0 is refused, and the remedy says how to give its number", async () => {
  const { refusals } = await find({}, (api) =>
    api.put(paths.deployments, workload("kube-scheduler", { replicas: 0 })),
  );
  expect(refusals).toEqual([
    {
      code: "controller-idle",
      kind: "refused",
      message: "Deployment/kube-scheduler is at 0 replicas and no ledger says how many it should have",
      remedy: expect.stringContaining(
        `pulumi config set --path 'restore.replicas["Deployment/kube-scheduler"]' N`,
      ),
    },
  ]);
});

it.each([2, 0])("defect 10: a number that is given becomes the original: %i", async (given) => {
  const { found, refusals } = await find(
    { request: { replicas: { "Deployment/kube-scheduler": given } } },
    (api) => api.put(paths.deployments, workload("kube-scheduler", { replicas: 0 })),
  );
  expect(refusals).toEqual([]);
  expect(found.workloads.find(({ name }) => name === "Deployment/kube-scheduler")?.replicas).toBe(given);
});

it("defect 10: one of another namespace is given by its namespace", async () => {
  const setting = "kube-system/Deployment/operator";
  const scene = (replicas?: Record<string, number>) => {
    const { api, context } = hostedScene({
      profile: { controllers: [setting] },
      ...(replicas ? { request: { replicas } } : {}),
    });
    putControlPlane(api);
    api.put("/apis/apps/v1/namespaces/kube-system/deployments", workload("operator", { replicas: 0 }));
    return hostedWorkloads(context).find();
  };
  expect((await scene()).refusals[0]?.message).toContain(`${setting} is at 0 replicas`);
  expect(
    (await scene({ [setting]: 3 })).found.workloads.find(({ name }) => name === "Deployment/operator")
      ?.replicas,
  ).toBe(3);
});

it("defect 10: API servers at 0 need a number too, maintenance may be at 0", async () => {
  const stopped = (api: ReturnType<typeof hostedScene>["api"]) => {
    api.put(paths.statefulSets, workload("kube-apiserver", { replicas: 0 }));
    api.put(paths.deployments, workload("gke-master-etcd-maintenance", { replicas: 0 }));
  };
  const { refusals } = await find({}, stopped);
  expect(refusals.map(({ message }) => message)).toEqual([
    "StatefulSet kube-apiserver is at 0 replicas and no ledger says how many it should have",
  ]);
  expect(refusals[0]?.remedy).toContain("--replicas=N");
  const given = await find({ request: { replicas: { "StatefulSet/kube-apiserver": 3 } } }, stopped);
  expect(given.refusals).toEqual([]);
  expect(given.found.workloads.find(({ part }) => part === "apiServers")?.replicas).toBe(3);
});

it("says of each that is left why", async () => {
  const { found, notes } = await find({}, (api) => {
    api.put(paths.deployments, workload("agent", { container: { args: ["--kubeconfig=/etc/k"] } }));
    api.put(
      paths.deployments,
      workload("proxy", { container: { env: [{ name: "TO", value: "https://kube-apiserver:6443" }] } }),
    );
    api.put(
      paths.deployments,
      workload("mounted", { pod: { volumes: [{ name: "v", secret: { secretName: "x-kubeconfig" } }] } }),
    );
    api.put(paths.deployments, workload("idle", { replicas: 0 }));
    api.put(paths.daemonSets, workload("plain"));
    api.put(paths.daemonSets, workload("a-scheduler", { status: { numberReady: 1 } }));
  });
  expect(found.others).toEqual([
    { name: "Deployment/agent", why: "kubeconfig" },
    { name: "Deployment/proxy", why: "kubeconfig" },
    { name: "Deployment/mounted", why: "kubeconfig" },
    { name: "Deployment/idle", why: "idle" },
    { name: "DaemonSet/plain", why: "none" },
    { name: "DaemonSet/a-scheduler", why: "none" },
  ]);
  expect(notes.join("\n")).toMatch(
    /Deployment\/agent: may watch the user cluster; .*overrides.controllers\[1\]' Deployment\/agent\)/,
  );
});

it("finds controllers by image, and others with a kubeconfig only where the list says so", async () => {
  const put = (api: ReturnType<typeof hostedScene>["api"]) => {
    api.put(paths.deployments, workload("km", { container: { image: "gcr.io/x/kube-scheduler-amd64:1" } }));
    api.put(
      paths.deployments,
      workload("cm", { container: { image: "gcr.io/x/kube-controller-manager:v1" } }),
    );
  };
  const names = async (change?: SceneChange) =>
    (await find(change, put)).found.workloads
      .filter(({ part }) => part === "controllers")
      .map(({ name }) => name);
  expect(await names()).toContain("Deployment/cm");
  expect(await names({ profile: { controllers: ["deployments/km"] } })).toEqual(["Deployment/km"]);
});

it.each<[string, (api: ReturnType<typeof hostedScene>["api"]) => void, string]>([
  [
    "volumes that would be deleted with the last Pod",
    (api) => api.put(paths.statefulSets, deletingVolumes()),
    "retention",
  ],
  [
    "a claim that was deleted, which only its etcd keeps",
    (api) =>
      api.touch(`${paths.claims}/data-kube-etcd-2`, ({ metadata }) => {
        metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
      }),
    "claim-deleted",
  ],
  [
    "a rollout of etcd",
    (api) =>
      api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, status: { updateRevision: "b" } })),
    "rollout-unfinished",
  ],
  [
    "a rollout of API servers",
    (api) =>
      api.put(
        paths.statefulSets,
        workload("kube-apiserver", { replicas: 2, status: { updateRevision: "b" } }),
      ),
    "rollout-unfinished",
  ],
])("refuses what may have come since it was judged: %s", async (_, put, code) => {
  expect((await find({}, put)).refusals).toMatchObject([{ code }]);
});

it("takes the number of what is at 0 from what was found once: only the stack could give it again", async () => {
  const { api, context } = hostedScene({ request: { replicas: { "Deployment/kube-scheduler": 2 } } });
  putControlPlane(api);
  api.put(paths.deployments, workload("kube-scheduler", { replicas: 0 }));
  const { found } = await hostedWorkloads(context).find();
  const later = hostedWorkloads({ ...context, request: {} });
  expect((await later.find()).refusals).toMatchObject([{ code: "controller-idle" }]);
  const again = await later.find(found);
  expect(again.refusals).toEqual([]);
  expect(again.found).toEqual(found);
});
