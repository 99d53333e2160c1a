import { expect, it } from "vitest";
import type { FakeApi } from "../../support/fakeApi";
import { paths, workload } from "../../support/hostedScene";
import { encrypted, judge } from "./judgeScene";

it("asks for no keys where nothing in the snapshot is encrypted", async () => {
  const { refusals, notes, api } = await judge({}, (fake) =>
    fake.put(
      paths.statefulSets,
      workload("kube-apiserver", {
        replicas: 2,
        container: { args: ["--encryption-provider-config=/enc/c.yaml"] },
      }),
    ),
  );
  expect({ refusals, notes }).toEqual({ refusals: [], notes: [] });
  expect(api.made("GET", "/secrets/")).toEqual([]);
});

it("compares key names with the Secret, which it may not need to read", async () => {
  const secret =
    "apiVersion: v1\nresources: [{providers: [{aescbc: {keys: [{name: key9, secret: R0VIRUlN}]}}]}]";
  const sealed = (api: FakeApi) =>
    api.put(
      paths.statefulSets,
      workload("kube-apiserver", {
        replicas: 2,
        container: {
          args: ["--encryption-provider-config=/enc/c.yaml"],
          volumeMounts: [{ name: "e", mountPath: "/enc" }],
        },
        pod: { volumes: [{ name: "e", secret: { secretName: "sealed" } }] },
      }),
    );
  const known = await judge({ request: encrypted() }, (api) => {
    sealed(api);
    api.put(paths.secrets, {
      metadata: { name: "sealed" },
      data: { "c.yaml": Buffer.from(secret).toString("base64") },
    });
  });
  expect(known.refusals).toEqual([]);
  expect(known.notes).toContain("encryption at rest: the API servers have aescbc:key9");
  expect(JSON.stringify(known.notes)).not.toContain("R0VIRUlN");
  const unknown = await judge({ request: encrypted() }, sealed);
  expect(unknown.messages[0]).toMatch(/is unknown: Secret sealed cannot be read/);
});
