import * as fs from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../../support/commandLine";
import { protobufObject } from "../../support/etcdRecords";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

beforeAll(() => {
  const object = (apiVersion: string, kind: string) =>
    protobufObject({ apiVersion, kind }, { name: "a", namespace: "ns" });
  const added: [string, Buffer | string][] = [
    ["secrets/ns/a", object("v1", "Secret")],
    ["secrets/ns/encrypted", "k8s:enc:aescbc:v1:k:x"],
    ["deployments/ns/a", object("apps/v1", "Deployment")],
    ["services/specs/ns/a", object("v1", "Service")],
    ["leases/ns/a", object("coordination.k8s.io/v1", "Lease")],
    [
      "example.com/widgets/ns/a",
      '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a","namespace":"ns"}}',
    ],
    ["example.com/widgets/ns/encrypted", "k8s:enc:aescbc:v1:k:x"],
  ];
  const before = kubernetesRecords(1);
  const more = added.map(([key, value], i) => ({ revision: BigInt(10 + i), key: `/registry/${key}`, value }));
  writeSnapshot(directory, "before.db", { records: before });
  writeSnapshot(directory, "after.db", {
    records: [...before, ...more, { revision: 99n, key: "/x/nosuch/a", value: "x" }],
  });
});

test.each([
  ["Secret", 2],
  ["secrets", 2],
  ["deploy.apps", 1],
  ["deployments.apps", 1],
  ["Deployment.apps", 1],
  ["deployments.example.com", 0],
  ["svc", 1],
  ["services", 1],
  ["leases", 1],
  ["Lease.coordination.k8s.io", 1],
  ["widgets", 2],
  ["widgets.example.com", 2],
  ["Widget.example.com", 1],
  ["nosuch", 0],
])("diff --kind %s lists what get and kubectl mean by it", async (kind, added) => {
  const argv = ["before.db", "after.db", "--kind", kind, "--exit-code"];
  const { exitCode, stdout } = await runCommand(directory, "snapshot", "diff", ...argv);
  expect(stdout).toMatch(new RegExp(`^${added} added, 0 removed, 0 changed`));
  expect(exitCode).toBe(added === 0 ? 0 : 1);
});
