import * as fs from "node:fs";
import { afterAll, expect, test } from "vitest";
import { parseRegistryKey } from "../../../snapshot/kubernetes/registryKey";
import { runCommand } from "../../support/commandLine";
import { protobufObject } from "../../support/etcdRecords";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

const pod = { group: "", resource: "pods", namespace: "ns", name: "a" };
const node = { group: "", resource: "minions", namespace: undefined, name: "a" };
const widget = { group: "example.com", resource: "widgets", namespace: "ns", name: "a" };
const service = { group: "", resource: "specs", namespace: "ns", name: "a" };

test.each([
  ["/registry/pods/ns/a", pod],
  ["/corp/pods/ns/a", pod],
  ["/a/b/pods/ns/a", pod],
  ["/a/b/c/pods/ns/a", pod],
  ["/pods/b/pods/ns/a", pod],
  ["/a/b/minions/a", node],
  ["/a/b/services/specs/ns/a", service],
  ["/a/b/example.com/widgets/ns/a", widget],
  ["/corp/example.com/widgets/ns/a", widget],
  // under a usual prefix nothing is guessed: a namespace may have the name of a resource
  ["/registry/things/pods/a", { group: "", resource: "things", namespace: "pods", name: "a" }],
  ["/kubernetes.io/pods/minions/a", { group: "", resource: "pods", namespace: "minions", name: "a" }],
  ["/corp/pods/minions/a", { group: "", resource: "pods", namespace: "minions", name: "a" }],
  ["/corp/things/a", { group: "", resource: "things", namespace: undefined, name: "a" }],
])("%s is read behind its prefix", (key, location) => {
  expect(parseRegistryKey(key)).toMatchObject(location);
});

test("objects under a prefix of two parts are got, listed and compared as under any other", async () => {
  const object = (kind: string, apiVersion: string) =>
    protobufObject({ apiVersion, kind }, { name: "a", namespace: "ns" });
  const added: [string, Buffer | string][] = [
    ["secrets/ns/a", object("Secret", "v1")],
    ["leases/ns/a", object("Lease", "coordination.k8s.io/v1")],
    ["masterleases/10.0.0.1", object("Endpoints", "v1")],
    ["secrets/ns/encrypted", "k8s:enc:aescbc:v1:k:x"],
  ];
  const moved = kubernetesRecords(1).map((record) => ({
    ...record,
    key: record.key.replace(/^\/registry\//, "/a/b/"),
  }));
  const more = added.map(([key, value], i) => ({ revision: BigInt(10 + i), key: `/a/b/${key}`, value }));
  writeSnapshot(directory, "before.db", { records: moved });
  writeSnapshot(directory, "after.db", { records: [...moved, ...more] });
  const run = (...argv: string[]) => runCommand(directory, "snapshot", ...argv);
  expect(await run("get", "after.db", "secret", "a", "-n", "ns")).toMatchObject({ exitCode: 0 });
  expect((await run("diff", "before.db", "after.db")).stdout).toMatch(/^2 added, 0 removed, 0 changed/);
  expect((await run("diff", "before.db", "after.db", "--kind", "secrets")).stdout).toMatch(/^2 added/);
});
