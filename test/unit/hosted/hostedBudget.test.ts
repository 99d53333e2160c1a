import { expect, it, vi } from "vitest";
import { hostedBudget } from "../../../components/hosted/hostedBudget";
import { apiError } from "../../support/fakeApi";
import { hostedScene, paths, putControlPlane, workload } from "../../support/hostedScene";

const path = `${paths.budgets}/kube-apiserver-pdb`;
const granted = async () => undefined;

function scene(
  metadata: object = {},
  spec: object = { minAvailable: 1, selector: { matchLabels: { app: "a", b: "c" } } },
) {
  const { api, context, said } = hostedScene();
  putControlPlane(api);
  const put = () =>
    api.put(paths.budgets, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: {
        name: "kube-apiserver-pdb",
        labels: { l: "1" },
        generation: 4,
        managedFields: [{}],
        ...metadata,
      },
      spec,
      status: { disruptionsAllowed: 1 },
    });
  put();
  return { api, budget: hostedBudget(context), said, put };
}

it("is read fit to be created, removed, put back and compared", async () => {
  const { api, budget } = scene({
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", mine: "x" },
  });
  const saved = await budget.read();
  expect(saved).not.toMatch(/resourceVersion|managedFields|generation|creationTimestamp|status|last-applied/);
  await budget.remove(saved, granted);
  expect(api.objects.has(path)).toBe(false);
  expect(await budget.differences(saved)).toEqual([
    "PodDisruptionBudget kube-apiserver-pdb is gone again: something deleted it",
  ]);
  await budget.restore(saved);
  expect(api.made("POST").at(-1)?.body).not.toHaveProperty("metadata.uid");
  expect(api.objects.get(path)).toMatchObject({
    metadata: { labels: { l: "1" }, annotations: { mine: "x" } },
    spec: { minAvailable: 1 },
  });
  expect(await budget.differences(saved)).toEqual([]);
  await budget.restore(saved);
  expect(api.made("POST")).toHaveLength(1);
});

it("none is a state like another", async () => {
  const { api, budget, put } = scene();
  api.objects.delete(path);
  expect(await budget.read()).toBe("");
  await budget.restore("");
  await budget.remove("", granted);
  expect(await budget.differences("")).toEqual([]);
  put();
  await budget.remove("", granted);
  expect(api.objects.has(path)).toBe(true);
  expect((await budget.differences(""))[0]).toMatch(/was made by somebody else/);
});

it("leaves one that was made since, and changes nothing without the permit", async () => {
  const { api, budget, put } = scene();
  const saved = await budget.read();
  await expect(budget.remove(saved, async () => Promise.reject(new Error("moved")))).rejects.toThrow("moved");
  expect(api.made("DELETE")).toEqual([]);
  put();
  const permit = vi.fn(granted);
  await budget.remove(saved, permit);
  expect(permit).not.toHaveBeenCalled();
  expect(api.objects.has(path)).toBe(true);
});

it("knows one of an older ledger, which has no uid, by its fields", async () => {
  const { api, budget } = scene();
  const { metadata, ...rest } = JSON.parse(await budget.read());
  const { uid: _, ...older } = metadata;
  const changed = JSON.stringify({ ...rest, metadata: older, spec: { ...rest.spec, minAvailable: 2 } });
  await budget.remove(changed, granted);
  expect(api.objects.has(path)).toBe(true);
  await budget.remove(JSON.stringify({ ...rest, metadata: older }), granted);
  expect(api.objects.has(path)).toBe(false);
});

it("compares field by field, whatever the order of their keys", async () => {
  const { api, budget } = scene();
  const saved = await budget.read();
  api.touch(path, (object) => {
    object.spec = {
      selector: { matchLabels: { b: "c", app: "a" } },
      minAvailable: 2,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    };
  });
  expect(await budget.differences(saved)).toEqual([
    "PodDisruptionBudget kube-apiserver-pdb: spec.minAvailable is '2', the ledger says '1'",
    "PodDisruptionBudget kube-apiserver-pdb: spec.unhealthyPodEvictionPolicy is 'AlwaysAllow', the ledger says ''",
  ]);
});

const owner = { apiVersion: "etcd.example.com/v1", kind: "ControlPlane", name: "main", uid: "owner-1" };

it.each<[string, (api: ReturnType<typeof scene>["api"]) => void, boolean]>([
  ["the owner is there", (api) => serve(api, "owner-1"), true],
  ["the owner was made anew", (api) => serve(api, "owner-2"), false],
  ["the owner is gone", (api) => serve(api, undefined), false],
  ["the owner may not be read, and nothing else is its", (api) => forbid(api), false],
  [
    "the owner may not be read, and the API servers are its",
    (api) => {
      forbid(api);
      api.put(paths.statefulSets, workload("kube-apiserver", { metadata: { ownerReferences: [owner] } }));
    },
    true,
  ],
])(
  "defect 17: put back with its owner references where the owner still exists: %s",
  async (_, arrange, kept) => {
    const { api, budget, said } = scene({ ownerReferences: [owner] });
    arrange(api);
    const saved = await budget.read();
    api.objects.delete(path);
    await budget.restore(saved);
    expect(api.objects.get(path)?.metadata.ownerReferences).toEqual(kept ? [owner] : undefined);
    expect(said).toHaveLength(kept ? 0 : 1);
  },
);

it("an owner that could not be asked for is not taken for one that is gone", async () => {
  const { api, budget } = scene({ ownerReferences: [owner] });
  const saved = await budget.read();
  api.objects.delete(path);
  api.before.push(({ path: asked }) => {
    if (asked.includes("etcd.example.com")) throw apiError("timeout", "no answer within 30 s");
    return undefined;
  });
  await expect(budget.restore(saved)).rejects.toThrow("no answer within 30 s");
  expect(api.objects.has(path)).toBe(false);
});

it("defect 17: an owner of the API servers' own kind is asked for by name", async () => {
  const { api, budget } = scene();
  const uid = api.objects.get(`${paths.statefulSets}/kube-apiserver`)?.metadata.uid;
  api.touch(path, ({ metadata }) => {
    metadata.ownerReferences = [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "kube-apiserver", uid }];
  });
  const saved = await budget.read();
  api.objects.delete(path);
  await budget.restore(saved);
  expect(api.objects.get(path)?.metadata.ownerReferences).toHaveLength(1);
});

function serve(api: ReturnType<typeof scene>["api"], uid: string | undefined): void {
  const group = "/apis/etcd.example.com/v1";
  api.before.push(({ path: asked }) =>
    asked === group
      ? {
          resources: [
            { name: "controlplanes/status", kind: "ControlPlane" },
            { name: "controlplanes", kind: "ControlPlane", namespaced: true },
          ],
        }
      : undefined,
  );
  if (uid !== undefined)
    api.put(`${group}/namespaces/uc1/controlplanes`, { metadata: { name: "main", uid } });
}

function forbid(api: ReturnType<typeof scene>["api"]): void {
  api.before.push(({ path: asked }) => {
    if (asked.startsWith("/apis/etcd.example.com/")) throw apiError("forbidden");
    return undefined;
  });
}

it("refuses a ledger that holds something else", async () => {
  const { budget } = scene();
  for (const text of ["{", '{"kind":"Secret","metadata":{"name":"kube-apiserver-pdb"}}', "null"])
    await expect(budget.remove(text, granted)).rejects.toThrow(
      /^the ledger's budget is not PodDisruptionBudget kube-apiserver-pdb/,
    );
});

it("one that is being deleted is not taken for put back", async () => {
  const { api, budget } = scene();
  const saved = await budget.read();
  const at = "2026-01-01T00:00:00Z";
  api.touch(path, ({ metadata }) =>
    Object.assign(metadata, { deletionTimestamp: at, finalizers: ["example.com/x"] }),
  );
  await expect(budget.restore(saved)).rejects.toThrow(
    `PodDisruptionBudget kube-apiserver-pdb is being deleted since ${at}, and stays until its finalizers are done: example.com/x`,
  );
  expect(await budget.read()).not.toContain(at);
  api.objects.delete(path);
  await budget.restore(saved);
  expect(await budget.differences(saved)).toEqual([]);
});

it("defect 17: is put back with its owner where only its hold on the owner may not be given", async () => {
  const { api, budget } = scene({
    ownerReferences: [
      {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        name: "kube-apiserver",
        uid: "u1",
        blockOwnerDeletion: true,
      },
    ],
  });
  api.touch(`${paths.statefulSets}/kube-apiserver`, ({ metadata }) => {
    metadata.uid = "u1";
  });
  const saved = await budget.read();
  await budget.remove(saved, granted);
  api.before.push(({ method, body }) => {
    if (method === "POST" && JSON.stringify(body).includes("blockOwnerDeletion"))
      throw apiError("forbidden", "cannot set blockOwnerDeletion");
    return undefined;
  });
  await budget.restore(saved);
  expect(api.objects.get(path)).toMatchObject({ metadata: { ownerReferences: [{ uid: "u1" }] } });
});
