import * as fs from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { diffSnapshotsSync, getObject, verifySnapshotSync } from "../../../snapshot";
import { protobufObject, type TestRecord } from "../../support/etcdRecords";
import {
  KUBE_SYSTEM_UID,
  kubernetesRecords,
  scratchDirectory,
  writeSnapshot,
} from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

function inspect(records: readonly TestRecord[]) {
  const verdict = verifySnapshotSync(writeSnapshot(directory, "identity.db", { records }));
  if (!verdict.valid) throw new Error(verdict.problem.message);
  return verdict;
}

const json = (apiVersion: string, kind: string, metadata: object) =>
  JSON.stringify({ apiVersion, kind, metadata });
const namespace = (uid: string) =>
  protobufObject({ apiVersion: "v1", kind: "Namespace" }, { name: "kube-system", uid });

describe("the identity of a cluster", () => {
  const custom = json("example.com/v1", "Namespace", { name: "kube-system", uid: "tenant" });
  test.each([
    ["a custom resource", "/registry/example.com/namespaces/kube-system", custom],
    ["one in a namespace", "/registry/example.com/things/namespaces/kube-system", custom],
    ["one under the very key", "/registry/namespaces/kube-system2", custom],
    ["a Namespace under another key", "/registry/configmaps/default/kube-system", namespace("tenant")],
  ])("%s of kind Namespace is none", (_, key, value) => {
    const records = [...kubernetesRecords(1), { revision: 9n, key, value }];
    expect(inspect(records).identity.kubeSystemUid).toBe(KUBE_SYSTEM_UID);
    expect(inspect(records.slice(1)).identity.kubeSystemUid).toBeNull();
  });

  test.each(["kubernetes.io", "a/b", "clusters/one.example"])("under the prefix %s", (prefix) => {
    const key = `/${prefix}/namespaces/kube-system`;
    expect(inspect([{ revision: 2n, key, value: namespace("u") }]).identity.kubeSystemUid).toBe("u");
  });

  test("of two prefixes the usual one counts, while its namespace exists", () => {
    const records = [
      { revision: 2n, key: "/a/namespaces/kube-system", value: namespace("other") },
      { revision: 3n, key: "/registry/namespaces/kube-system", value: namespace("own") },
      { revision: 4n, key: "/registry/namespaces/kube-system" },
    ];
    expect(inspect(records.slice(0, 2)).identity.kubeSystemUid).toBe("own");
    expect(inspect(records).identity.kubeSystemUid).toBe("other");
  });

  test("an unreadable newest value has no uid, not that of the value before it", () => {
    const key = "/registry/namespaces/kube-system";
    const records = [
      { revision: 2n, key, value: namespace("old") },
      { revision: 3n, key, version: 2, created: 2n, value: "k8s\0damaged" },
    ];
    expect(inspect(records)).toMatchObject({
      identity: { kubeSystemUid: null },
      unreadable: { namespaces: 1 },
    });
  });
});

describe("objects that cannot be read", () => {
  test.each<[string, string, Buffer | string, string]>([
    ["protobuf", "/registry/services/specs/default/s", "k8s\0\x0a\xff", "services"],
    ["protobuf without a kind", "/registry/pods/default/p", Buffer.from("k8s\0\x0a\0\x12\0"), "pods"],
    [
      "JSON, cut",
      "/registry/example.com/widgets/ns/w",
      '{"apiVersion":"e/v1","kind":"W',
      "widgets.example.com",
    ],
    [
      "JSON, cut behind its kind",
      "/registry/e.com/widgets/w",
      '{"apiVersion":"e.com/v1","kind":"W","metadata":{"na',
      "widgets.e.com",
    ],
    ["JSON that is no object's", "/registry/pods/default/p", "{}", "pods"],
    ["nothing", "/registry/minions/n", "", "nodes"],
    ["other bytes", "/kubernetes.io/secrets/default/s", "\x01\x02", "secrets"],
    ["a prefix of encryption without its end", "/registry/secrets/ns/s", "k8s:enc:aescbc:v1:key", "secrets"],
    ["one without a key", "/registry/secrets/ns/s", "k8s:enc:aescbc:v1::x", "secrets"],
    ["protobuf under any prefix", "/mine/pods/default/p", "k8s\0", "pods"],
    [
      "a kind that is none",
      "/registry/e.com/widgets/w",
      json("e.com/v1", "W".repeat(64), {}),
      "widgets.e.com",
    ],
  ])("%s", (_, key, value, resource) => {
    const found = inspect([{ revision: 2n, key, value }]);
    expect(found).toMatchObject({ unreadable: { [resource]: 1 }, otherKeys: 0, census: {}, keys: 1 });
    expect(found.warnings).toMatchObject([{ code: "unreadable" }]);
  });

  test("keys that are no objects' are others", () => {
    const keys = ["compact_rev_key", "/calico/v1/x", "registry/pods/p", "/registry/x", "/registry//x"];
    const records = keys.map((key, i) => ({ revision: BigInt(i + 2), key, value: "{}" }));
    expect(inspect(records)).toMatchObject({ otherKeys: 5, unreadable: {}, warnings: [] });
  });
});

test("encrypted values: group and resource from the key", () => {
  const value = "k8s:enc:aescbc:v1:k:x";
  const keys = [
    "/registry/example.com/leases/ns/l",
    "/registry/example.com/secrets/ns/s",
    "/registry/secrets/ns/s",
    "/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com",
  ];
  const found = inspect(keys.map((key, i) => ({ revision: BigInt(i + 2), key, value })));
  expect(found.census).toEqual({
    CustomResourceDefinition: 1,
    Secret: 1,
    "leases.example.com": 1,
    "secrets.example.com": 1,
  });
});

test("churn: events and leases of their own groups, and the API servers' keys", () => {
  const records = kubernetesRecords(1);
  const before = writeSnapshot(directory, "before.db", { records });
  const object = (key: string, apiVersion: string, kind: string): [string, string] => [
    key,
    json(apiVersion, kind, { name: "x", namespace: "ns" }),
  ];
  const added: [string, string][] = [
    object("/registry/leases/ns/x", "coordination.k8s.io/v1", "Lease"),
    object("/registry/events/ns/x", "v1", "Event"),
    object("/registry/example.com/leases/ns/x", "example.com/v1", "Lease"),
    object("/registry/example.com/events/ns/x", "example.com/v1", "Event"),
    ["/registry/peerserverleases/a", "k8s:enc:aescbc:v1:k:x"],
    ["/registry/masterleases/a", "k8s:enc:aescbc:v1:k:x"],
    ["/registry/events/ns/encrypted", "k8s:enc:aescbc:v1:k:x"],
    ["/registry/example.com/events/ns/encrypted", "k8s:enc:aescbc:v1:k:x"],
  ];
  const more = added.map(([key, value], i) => ({ revision: BigInt(10 + i), key, value }));
  const after = writeSnapshot(directory, "after.db", { records: [...records, ...more] });
  const diff = diffSnapshotsSync(before, after);
  if (!diff.valid) throw new Error(diff.problem.message);
  expect(diff.items.map(({ key }) => key)).toEqual([
    "/registry/example.com/events/ns/x",
    "/registry/example.com/leases/ns/x",
    "/registry/example.com/events/ns/encrypted",
  ]);
  expect(diff.churn).toMatchObject({ Lease: { added: 1 }, Event: { added: 2 }, Endpoints: { added: 2 } });
});

describe("get", () => {
  const web = (kind: string, ns: string, apiVersion = "v1") =>
    protobufObject({ apiVersion, kind }, { name: "web", namespace: ns });
  const file = writeSnapshot(directory, "get.db", {
    records: [
      { revision: 2n, key: "/registry/configmaps/ingress/web", value: web("ConfigMap", "ingress") },
      { revision: 3n, key: "/registry/secrets/shop/web", value: web("ConfigMap", "shop") },
      { revision: 4n, key: "/registry/configmaps/shop/web", value: web("ConfigMap", "elsewhere") },
      {
        revision: 5n,
        key: "/registry/ingress/shop/web",
        value: web("Ingress", "shop", "networking.k8s.io/v1"),
      },
      {
        revision: 6n,
        key: "/registry/example.com/ingresses/shop/web",
        value: json("example.com/v1", "Ingress", { name: "web", namespace: "shop" }),
      },
    ],
  });

  test.each([
    ["ingress", "ingress", "a kind that is the namespace's name"],
    ["configmap", "shop", "the kind of a value under another kind's key"],
    ["secret", "shop", "the kind of a key that holds another"],
    ["configmap", "elsewhere", "a namespace that only the value says"],
    ["configmap", "", "no namespace"],
    ["ingress.other.com", "shop", "another group"],
  ])("%s %s/web: %s", async (kind, ns) => {
    const found = await getObject(file, { kind, name: "web", ...(ns === "" ? {} : { namespace: ns }) });
    expect(found).toMatchObject({ valid: false, problem: { code: "no-such-object" } });
  });

  test.each([
    ["ingress.networking.k8s.io", "/registry/ingress/shop/web"],
    ["ingresses.networking.k8s.io", "/registry/ingress/shop/web"],
    ["ingresses.example.com", "/registry/example.com/ingresses/shop/web"],
    ["Ingress.example.com", "/registry/example.com/ingresses/shop/web"],
  ])("%s is %s", async (kind, key) => {
    expect(await getObject(file, { kind, namespace: "shop", name: "web" })).toMatchObject({
      valid: true,
      key,
    });
  });

  test("a kind of two groups is asked about", async () => {
    expect(await getObject(file, { kind: "ingress", namespace: "shop", name: "web" })).toMatchObject({
      valid: false,
      problem: { remedy: "Say which kind: Ingress.networking.k8s.io, Ingress.example.com" },
    });
  });
});
