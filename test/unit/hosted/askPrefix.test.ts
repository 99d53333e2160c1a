import { expect, it } from "vitest";
import { substrateOf } from "../../../components/hosted/openSubstrate";
import { apiError } from "../../support/fakeApi";
import { hostedScene, paths, putControlPlane, workload } from "../../support/hostedScene";

it.each([
  ["none is said", { command: ["kube-apiserver"] }, undefined],
  ["a flag", { command: ["kube-apiserver", "--etcd-prefix=/a/b/"] }, "/a/b"],
  ["a flag in two words, without a slash", { args: ["--etcd-prefix", "uc1"] }, "/uc1"],
])("members are asked where the API servers keep their objects: %s", async (_, container, prefix) => {
  const { api, context } = hostedScene();
  putControlPlane(api);
  api.put(paths.statefulSets, workload("kube-apiserver", { container }));
  const { storagePrefix } = substrateOf(context, () => undefined);
  expect(await storagePrefix?.()).toBe(prefix);
});

it("what cannot be asked is not known", async () => {
  const { api, context } = hostedScene();
  api.before.push(() => {
    throw apiError("unreachable", "x");
  });
  expect(await substrateOf(context, () => undefined).storagePrefix?.()).toBeUndefined();
});
