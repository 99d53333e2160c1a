import { expect, it } from "vitest";
import { apiError, type FakeApi } from "../../support/fakeApi";
import { deletingVolumes, paths, workload } from "../../support/hostedScene";
import { type Change, encrypted, fail, judge } from "./judgeScene";

it("finds nothing to say against a cluster that is well, and where its volumes are", async () => {
  const { refusals, places } = await judge();
  expect(refusals).toEqual([]);
  expect(places).toEqual({ "kube-etcd-0": "node-0", "kube-etcd-1": "node-1", "kube-etcd-2": "node-2" });
});

it.each<[string, Change, (api: FakeApi) => void, RegExp]>([
  [
    "no connection",
    {},
    fail("unreachable"),
    /^failed adminKubeconfig: the admin cluster does not answer: x$/,
  ],
  [
    "another CA",
    {},
    fail("untrusted"),
    /^refused adminKubeconfig: no trusted connection to the admin cluster: .*x509/,
  ],
  [
    "a token that nobody knows",
    {},
    fail("unauthenticated"),
    /^refused adminKubeconfig: .* does not accept its credentials: x$/,
  ],
  [
    "missing rights",
    { denied: ["get pods", "create pods/exec"] },
    () => undefined,
    /^refused adminKubeconfig: not allowed in namespace uc1: get pods; create pods\/exec; $/,
  ],
])("says that alone: %s", async (_, change, put, sentence) => {
  const { messages, places, notes } = await judge(change, (api) => {
    api.objects.delete(`${paths.statefulSets}/kube-etcd`);
    put(api);
  });
  expect(messages).toEqual([expect.stringMatching(sentence)]);
  expect({ places, notes }).toEqual({ places: {}, notes: [] });
});

it("names namespaces that hold an etcd of that name, for one that is not there", async () => {
  const { messages } = await judge({}, (api) => {
    api.objects.delete("/api/v1/namespaces/uc1");
    api.before.push(({ path }) =>
      path === "/apis/apps/v1/statefulsets"
        ? { items: [{ metadata: { name: "kube-etcd", namespace: "uc3" } }] }
        : undefined,
    );
  });
  expect(messages).toEqual(["misset namespace: the admin cluster has no namespace uc1; it has: uc3 "]);
});

it("row 25: says etcd's version as the image has it, for members that nobody can ask", async () => {
  const image = (tag: string) => (api: FakeApi) =>
    api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, container: { image: `x/${tag}` } }));
  expect((await judge({}, image("etcd:3.4.23-0"))).serverVersion).toBe("3.4.23");
  expect(await judge({}, image("etcd-util:1.16.0"))).not.toHaveProperty("serverVersion");
});

it("says what a utility Pod takes over from etcd's: its tolerations, and where its image comes from", async () => {
  const tolerations = [{ key: "dedicated", operator: "Equal", value: "etcd", effect: "NoSchedule" }];
  const imagePullSecrets = [{ name: "registry" }];
  const pod = { tolerations: [...tolerations, { operator: "Lt" }], imagePullSecrets };
  for (const operation of ["restore", "repair", "finalize"] as const) {
    const request = operation === "repair" ? { repair: "kube-etcd-0" } : {};
    const { like } = await judge({ operation, request }, (api) =>
      api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, pod })),
    );
    expect(like).toEqual({ tolerations, imagePullSecrets, form: 2 });
  }
  expect((await judge()).like).toEqual({ tolerations: [], imagePullSecrets: [], form: 2 });
});

it("leaves an advanced cluster of Google Distributed Cloud to gkectl, unless the operation has begun or only removes", async () => {
  const image = "gcr.io/gke-on-prem-release/kube-apiserver-amd64:v1.34.1-gke.100";
  const put = (api: FakeApi) =>
    api.put(paths.statefulSets, workload("kube-apiserver", { replicas: 2, container: { image } }));
  expect((await judge({}, put)).messages).toEqual([
    expect.stringMatching(
      /^refused cluster uc1: its API server is v1\.34\.1-gke\.100, .*: gkectl alone restores it$/,
    ),
  ]);
  expect((await judge({ operation: "rollback" }, put)).refusals).toMatchObject([{ code: "gdc-advanced" }]);
  for (const change of [{ underWay: true }, { operation: "finalize" }] as const)
    expect((await judge(change, put)).messages).toEqual([]);
});

it("goes on where a Role does not let it read the namespace itself", async () => {
  const { refusals } = await judge({}, (api) =>
    api.before.push(({ path }) => {
      if (path === "/api/v1/namespaces/uc1") throw apiError("forbidden");
      return undefined;
    }),
  );
  expect(refusals).toEqual([]);
});

it("asks for rights elsewhere only where a controller is named there", async () => {
  const asked = ({ api }: { api: FakeApi }) =>
    new Set(
      api
        .made("POST", "selfsubjectaccessreviews")
        .map(
          ({ body }) =>
            (body as { spec: { resourceAttributes: { namespace: string } } }).spec.resourceAttributes
              .namespace,
        ),
    );
  expect(await judge().then(asked)).toEqual(new Set(["uc1"]));
  const named = await judge({ profile: { controllers: ["discover", "kube-system/Deployment/op"] } }, (api) =>
    api.put("/apis/apps/v1/namespaces/kube-system/deployments", workload("op")),
  );
  expect(named.refusals).toEqual([]);
  expect(asked(named)).toEqual(new Set(["uc1", "kube-system"]));
});

it.each<[string, Change, (api: FakeApi) => void, RegExp]>([
  [
    "no StatefulSet",
    {},
    (api) => api.objects.delete(`${paths.statefulSets}/kube-etcd`),
    /^misset namespace uc1: no StatefulSet kube-etcd; it has: kube-apiserver $/,
  ],
  [
    "other members",
    { members: 5 },
    (api) => api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3 })),
    /^refused members: StatefulSet kube-etcd has 3 replicas, the configuration says 5$/,
  ],
  [
    "no API servers",
    {},
    (api) => api.objects.delete(`${paths.statefulSets}/kube-apiserver`),
    /^misset namespace uc1: no StatefulSet kube-apiserver; it has: kube-etcd $/,
  ],
  [
    "API servers at 0",
    {},
    (api) => api.put(paths.statefulSets, workload("kube-apiserver", { replicas: 0 })),
    /^refused StatefulSet kube-apiserver is at 0 replicas and no ledger says how many/,
  ],
  [
    "no container",
    { profile: { etcd: { container: "etcd" } } },
    () => undefined,
    /^misset StatefulSet kube-etcd: no container etcd; it has: kube-etcd $/,
  ],
  ["whenScaled", {}, (api) => api.put(paths.statefulSets, deletingVolumes()), /whenScaled is Delete/],
  [
    "data that is not at its volume's root",
    {},
    (api) =>
      api.put(
        paths.statefulSets,
        workload("kube-etcd", {
          replicas: 3,
          container: {
            volumeMounts: [{ name: "data", mountPath: "/var/lib/etcd", subPath: "etcd" }],
            args: ["--data-dir=/var/lib/etcd"],
          },
        }),
      ),
    /^refused StatefulSet kube-etcd: \/var\/lib\/etcd is mounted by subPath etcd: /,
  ],
  [
    "a log apart from the data",
    {},
    (api) =>
      api.put(
        paths.statefulSets,
        workload("kube-etcd", {
          replicas: 3,
          container: { env: [{ name: "ETCD_WAL_DIR", value: "/var/lib/wal" }] },
        }),
      ),
    /^refused StatefulSet kube-etcd: etcd has its log apart, at --wal-dir \/var\/lib\/wal: /,
  ],
  [
    "members that have their names by another Service",
    {},
    (api) =>
      api.put(
        paths.statefulSets,
        workload("kube-etcd", { replicas: 3, spec: { serviceName: "etcd-peers" } }),
      ),
    /^misset overrides\.etcd\.service: the configuration says kube-etcd, the Pods of .* by Service etcd-peers: /,
  ],
  [
    "members that are not counted from 0",
    {},
    (api) =>
      api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, spec: { ordinals: { start: 1 } } })),
    /^refused StatefulSet kube-etcd: spec\.ordinals\.start is 1: /,
  ],
  [
    "a claim that was deleted, which only its etcd keeps",
    {},
    (api) =>
      api.touch(`${paths.claims}/data-kube-etcd-1`, ({ metadata }) => {
        metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
      }),
    /^refused PersistentVolumeClaim data-kube-etcd-1 was deleted at 2026-01-01T00:00:00Z/,
  ],
  [
    "no claim",
    { profile: { etcd: { dataClaim: "d" } } },
    () => undefined,
    /^misset member kube-etcd-0: no PersistentVolumeClaim d-kube-etcd-0; its Pod mounts: data-kube-etcd-0$/,
  ],
  [
    "defect 14: a rollout of etcd",
    {},
    (api) =>
      api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, status: { updateRevision: "b" } })),
    /^refused StatefulSet kube-etcd: a rollout is unfinished/,
  ],
  [
    "defect 14: a rollout of API servers",
    {},
    (api) =>
      api.put(
        paths.statefulSets,
        workload("kube-apiserver", { replicas: 2, status: { updateRevision: "b" } }),
      ),
    /^refused StatefulSet kube-apiserver: a rollout is unfinished/,
  ],
  [
    "defect 13: a probe, of etcd's container behind another",
    {},
    (api) => {
      const set = workload("kube-etcd", {
        replicas: 3,
        spec: { podManagementPolicy: "OrderedReady" },
        container: { readinessProbe: { exec: { command: ["etcdctl", "endpoint", "health"] } } },
      });
      set.spec.template.spec.containers.unshift({
        name: "sidecar",
        image: "x",
        readinessProbe: { httpGet: { path: "/livez" } },
      } as never);
      api.put(paths.statefulSets, set);
    },
    /^refused StatefulSet kube-etcd: OrderedReady with a readiness probe/,
  ],
  [
    "a probe of a container that runs beside etcd's",
    {},
    (api) => {
      const readinessProbe = { exec: { command: ["etcdctl", "endpoint", "health"] } };
      const set = workload("kube-etcd", {
        replicas: 3,
        spec: { podManagementPolicy: "OrderedReady" },
        pod: {
          initContainers: [
            { name: "once", image: "x" },
            { name: "backup", image: "x", restartPolicy: "Always", readinessProbe },
          ],
        },
      });
      api.put(paths.statefulSets, set);
    },
    /^refused StatefulSet kube-etcd: OrderedReady with a readiness probe of container backup/,
  ],
  [
    "defect 13: addresses that are not published",
    {},
    (api) => {
      api.put(
        paths.statefulSets,
        workload("kube-etcd", {
          replicas: 3,
          container: { readinessProbe: { httpGet: { path: "/readyz" } } },
        }),
      );
      api.put(paths.services, { metadata: { name: "kube-etcd" }, spec: {} });
    },
    /^refused Service kube-etcd: it publishes no address/,
  ],
  [
    "a controller at 0",
    {},
    (api) => api.put(paths.deployments, workload("kube-scheduler", { replicas: 0 })),
    /^refused Deployment\/kube-scheduler is at 0/,
  ],
  [
    "encryption",
    { request: encrypted() },
    () => undefined,
    /encrypted with aescbc:key9, the API servers have no --encryption-provider-config/,
  ],
])("refuses: %s", async (_, change, put, sentence) => {
  const { messages } = await judge(change, put);
  expect(messages[0]).toMatch(sentence);
});

it("under way, what the restore itself has stopped is not held against it", async () => {
  const { refusals } = await judge({ underWay: true }, (api) => {
    for (const name of ["kube-etcd", "kube-apiserver"])
      api.put(paths.statefulSets, workload(name, { replicas: 0, status: { updateRevision: "b" } }));
    api.put(paths.deployments, workload("kube-scheduler", { replicas: 0 }));
  });
  expect(refusals).toEqual([]);
});

it("a repair looks at its member alone, and asks for its rights alone", async () => {
  const repair = { operation: "repair" as const, request: { repair: "kube-etcd-1" } };
  const { refusals, places, api } = await judge(repair, (fake) => {
    fake.objects.delete(`${paths.claims}/data-kube-etcd-0`);
    fake.put(paths.deployments, workload("kube-scheduler", { replicas: 0 }));
    fake.before.push(({ path }) => {
      if (/deployments|daemonsets/.test(path)) throw apiError("forbidden");
      return undefined;
    });
  });
  expect(refusals).toEqual([]);
  expect(places).toEqual({ "kube-etcd-1": "node-1" });
  expect(api.made("POST").some(({ body }) => JSON.stringify(body).includes("ephemeralcontainers"))).toBe(
    true,
  );
  const mounted = { volumeMounts: [{ name: "d", mountPath: "/var/lib/etcd", subPath: "x" }] };
  const part = await judge(repair, (fake) =>
    fake.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, container: mounted })),
  );
  expect(part.messages).toEqual([expect.stringMatching(/mounted by subPath/)]);
});

it("a removal of previous data looks at the volumes alone", async () => {
  const { refusals } = await judge({ operation: "finalize" }, (api) => {
    api.put(paths.statefulSets, workload("kube-apiserver", { replicas: 0 }));
  });
  expect(refusals).toEqual([]);
});
