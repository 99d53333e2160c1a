import { expect, it } from "vitest";
import type { FakeApi } from "../../support/fakeApi";
import { paths, workload } from "../../support/hostedScene";
import { judge } from "./judgeScene";

const here = "registry.example.com/tools/etcdutl:1";

/** etcd's image comes from a registry whose Secret its ServiceAccount gave to its Pods. */
function given(serviceAccountName: string, pod: object = {}) {
  return (api: FakeApi) => {
    api.put(
      paths.statefulSets,
      workload("kube-etcd", { replicas: 3, pod, container: { image: "registry.example.com/etcd:3.6.1" } }),
    );
    api.touch(`${paths.pods}/kube-etcd-1`, ({ spec }) => {
      Object.assign(spec as object, { serviceAccountName, imagePullSecrets: [{ name: "of-account" }] });
    });
  };
}

it.each([
  ["from etcd's registry", here, given("etcd"), ["of-account"]],
  ["from another registry", "gcr.io/tools/etcdutl:1", given("etcd"), []],
  ["from Docker's", "etcdutl:1", given("etcd"), []],
  ["the ServiceAccount is that of every Pod", here, given("default"), []],
  ["the template names its own", here, given("etcd", { imagePullSecrets: [{ name: "own" }] }), ["own"]],
])("an image of utility Pods %s is got with what gets etcd's", async (_, utilityImage, put, secrets) => {
  const { like } = await judge({ request: { utilityImage } }, put);
  expect(like).toMatchObject({ imagePullSecrets: secrets.map((name) => ({ name })) });
});

const level = (own: string) => ({ securityContext: { seLinuxOptions: { level: own } } });

it.each([
  ["its Pod's", level("s0:c1,c2"), {}, { level: "s0:c1,c2" }],
  ["its container's own before that", level("s0:c1,c2"), level("s0:c3,c4"), { level: "s0:c3,c4" }],
  ["none", {}, {}, undefined],
])("a volume keeps the label by which etcd reads it: %s", async (_, pod, container, seLinuxOptions) => {
  const { like } = await judge({}, (api) =>
    api.put(paths.statefulSets, workload("kube-etcd", { replicas: 3, pod, container })),
  );
  expect(like).toEqual({
    ...{ tolerations: [], imagePullSecrets: [], form: 2 },
    ...(seLinuxOptions === undefined ? {} : { seLinuxOptions }),
  });
});
