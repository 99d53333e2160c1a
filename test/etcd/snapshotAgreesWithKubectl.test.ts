import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resourceOfShortName } from "../../automation/snapshot/shortNames";
import { provideTools } from "../../lab/tools/provideTools";
import { diffSnapshots, getObject, searchSnapshot, verifySnapshot } from "../../snapshot";
import { changedFields } from "../../snapshot/changedFields";
import { ApiServer } from "../support/apiServer";
import { scratchDirectory } from "../support/testSnapshot";

/** What the reader takes out of a snapshot is what the API server answers. */
interface Listed {
  readonly metadata: { name: string; namespace?: string; resourceVersion: string };
}

/** What the API server adds as it reads an object; it is not stored. */
const addedOnReading = [
  "Job metadata.labels",
  "PersistentVolumeClaim status.phase",
  "StatefulSet spec.volumeClaimTemplates[0].apiVersion",
  "StatefulSet spec.volumeClaimTemplates[0].kind",
];

const directory = scratchDirectory();
const cli = path.join(__dirname, "..", "..", "bin", "etcd-recovery.js");
let server: ApiServer;
let snapshot: string;

beforeAll(async () => {
  const tools = await provideTools({ only: ["etcd", "etcdctl", "kube-apiserver", "kubectl"] });
  await execa("npm", ["run", "--silent", "generate"], { cwd: path.join(__dirname, "..", "..") });
  server = await ApiServer.start(tools, directory);
  await server.kubectl(["apply", "-f", path.join(__dirname, "..", "support", "objects.yaml")]);
  await server.kubectl(["wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=30s"]);
  const widget = {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "w", namespace: "shop" },
    spec: { 'a"b': ["ü\n", 1.5] },
  };
  await server.kubectl(["apply", "-f", "-"], JSON.stringify(widget));
  snapshot = await server.etcd.save(path.join(directory, "first.db"));
}, 900_000);
afterAll(async () => {
  await server?.stop();
  fs.rmSync(directory, { recursive: true });
});

/** Objects of an API version and kind as the API server has them, by namespace/name. */
async function listed(apiVersion: string, kind: string): Promise<Map<string, Listed>> {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = await server.raw<{ resources: { name: string; kind: string }[] }>(root);
  const plural = resources.find((resource) => resource.kind === kind && !resource.name.includes("/"))?.name;
  if (plural === undefined) return new Map();
  const { items } = await server.raw<{ items: Listed[] }>(`${root}/${plural}`);
  return new Map(
    items.map((item) => [
      `${item.metadata.namespace ?? ""}/${item.metadata.name}`,
      { apiVersion, kind, ...item },
    ]),
  );
}

describe("kubectl's short names", () => {
  test("are those that the API server tells of its built-in kinds", async () => {
    const { groups } = await server.raw<{ groups: { preferredVersion: { groupVersion: string } }[] }>(
      "/apis",
    );
    const roots = [
      "/api/v1",
      ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
    ];
    const told = new Map<string, string>();
    for (const root of roots) {
      const { resources } = await server.raw<{ resources: { name: string; shortNames?: string[] }[] }>(root);
      for (const { name, shortNames = [] } of resources)
        for (const short of shortNames) told.set(short, name);
    }
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(resourceOfShortName));
  }, 60_000);
});

describe("objects in a snapshot", () => {
  test("every object that the API server stores in protobuf or JSON comes out as the API server shows it", async () => {
    const found = await searchSnapshot(snapshot, "");
    if (!found.valid) throw new Error(found.problem.message);
    const lists = new Map<string, Map<string, Listed>>();
    const compared = new Map<string, number>();
    const differences = new Set<string>();
    for (const { apiVersion, kind, namespace, name, key } of found.hits) {
      // CustomResourceDefinitions are stored in a version that is not served any more
      if (kind === "" || apiVersion === "" || apiVersion === "apiextensions.k8s.io/v1beta1") continue;
      const type = `${apiVersion} ${kind}`;
      if (!lists.has(type)) lists.set(type, await listed(apiVersion, kind));
      const expected = lists.get(type)?.get(`${namespace}/${name}`);
      const group = apiVersion.includes("/") ? `${kind}.${apiVersion.split("/")[0]}` : kind;
      const object = await getObject(snapshot, {
        kind: group,
        name,
        ...(namespace === "" ? {} : { namespace }),
      });
      if (!object.valid || object.object === undefined) throw new Error(`${key}: ${JSON.stringify(object)}`);
      // leases are renewed all the time; two kinds of bookkeeping are not served at all
      if (expected?.metadata.resourceVersion !== String(object.revision)) {
        expect(["Lease", "RangeAllocation", "Endpoints"]).toContain(kind);
        continue;
      }
      for (const field of changedFields(expected, object.object)) differences.add(`${kind} ${field}`);
      compared.set(kind, (compared.get(kind) ?? 0) + 1);
    }
    expect([...differences].sort()).toEqual(addedOnReading);
    expect([...compared.keys()].length).toBeGreaterThan(35);
    expect(compared.get("ClusterRole")).toBeGreaterThan(50);
  }, 300_000);

  test("the census agrees with the API server's lists", async () => {
    const verdict = await verifySnapshot(snapshot);
    if (!verdict.valid) throw new Error(verdict.problem.message);
    const uid = await server.kubectl(["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);
    expect(verdict.identity.kubeSystemUid).toBe(uid);
    expect(verdict.encryption).toEqual([{ provider: "aesgcm", version: "v1", keyName: "test-key" }]);
    expect(verdict.versions).toEqual({ cluster: "3.6.0", storage: "3.6.0" });
    const served: [string, string][] = [
      ["v1", "ConfigMap"],
      ["v1", "Secret"],
      ["v1", "Namespace"],
      ["rbac.authorization.k8s.io/v1", "ClusterRole"],
      ["example.com/v1", "Widget"],
      ["flowcontrol.apiserver.k8s.io/v1", "FlowSchema"],
    ];
    for (const [apiVersion, kind] of served) {
      expect(verdict.census[kind], kind).toBe((await listed(apiVersion, kind)).size);
    }
  }, 120_000);

  test("get prints what kubectl prints; an encrypted Secret is not printed, and why is said", async () => {
    const ours = await execa(cli, ["snapshot", "get", snapshot, "deployment", "shop/web", "-o", "json"]);
    const theirs = await server.kubectl(["get", "deployment", "web", "-n", "shop", "-o", "json"]);
    expect(JSON.parse(ours.stdout)).toEqual(JSON.parse(theirs));
    const argv = ["snapshot", "get", snapshot, "secret", "shop/login"];
    const secret = await execa(cli, argv, { reject: false });
    expect(secret.stderr).toBe("Secret shop/login cannot be shown: it is encrypted with aesgcm:test-key.");
    expect({ exitCode: secret.exitCode, stdout: secret.stdout }).toEqual({ exitCode: 1, stdout: "" });
  }, 60_000);

  test("what kubectl changes is what diff says", async () => {
    await server.kubectl(["scale", "deployment/web", "-n", "shop", "--replicas=3"]);
    await server.kubectl(["delete", "configmap", "web", "-n", "shop"]);
    await server.kubectl(["create", "configmap", "new", "-n", "shop"]);
    await server.kubectl(["annotate", "widget", "w", "-n", "shop", "a=b"]);
    const second = await server.etcd.save(path.join(directory, "second.db"));
    const diff = await diffSnapshots(snapshot, second, { namespace: "shop" });
    expect(diff).toMatchObject({ valid: true, added: 1, removed: 1, changed: 2 });
    if (!diff.valid) return;
    expect(diff.items.map(({ change, kind, name }) => `${change} ${kind} ${name}`)).toEqual([
      "added ConfigMap new",
      "changed Deployment web",
      "changed Widget w",
      "removed ConfigMap web",
    ]);
    expect(diff.items[1]?.fields).toContain("spec.replicas");
    expect(diff.items[2]?.fields).toContain("metadata.annotations.a");

    const history = await getObject(second, { kind: "configmap", namespace: "shop", name: "web" });
    expect(history).toMatchObject({
      valid: false,
      problem: { message: expect.stringContaining("was deleted at revision") },
    });
    const before = await verifySnapshot(snapshot);
    if (!before.valid) throw new Error(before.problem.message);
    const old = await getObject(second, {
      kind: "configmap",
      namespace: "shop",
      name: "web",
      revision: before.revision,
    });
    expect(old).toMatchObject({
      valid: true,
      object: { data: { key: "value", empty: "" }, binaryData: { raw: "AAECA//+" } },
    });
  }, 120_000);
});
