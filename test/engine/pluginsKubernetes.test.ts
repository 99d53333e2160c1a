import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textAt, valueAt } from "../../lab/plugins/kubernetes/objects";
import { isArray } from "../../lab/plugins/rpc/values";
import { ApiServer } from "./pluginsApiServer";
import { EngineRecord, TestHome } from "./pluginsHome";

/** Facts of the plugin `kubernetes` that hold for objects without a life of their own; Pods are in pluginsPods. */
let home: TestHome;
let server: ApiServer;
beforeAll(async () => {
  [home, server] = await Promise.all([TestHome.open(), ApiServer.start()]);
});
afterAll(async () => {
  await server?.stop();
  await home?.remove();
});

const provider = () => new k8s.Provider("k8s", { kubeconfig: server.kubeconfig });

async function namesIn(namespace: string, plural: string, root = "/api/v1"): Promise<string[]> {
  const { items } = await server.call("GET", `${root}/namespaces/${namespace}/${plural}`);
  const names = (isArray(items) ? items : []).map((item) => textAt(item, "metadata", "name"));
  return names.filter((name) => name !== "kube-root-ca.crt").sort();
}

describe("one stack of objects through its life", () => {
  const name = "objects";
  let version = 1;
  const records = { preview: new EngineRecord(), changed: new EngineRecord() };
  let outputs: Record<string, { value: unknown; secret: boolean }>;
  let changedOutputs: typeof outputs;
  let previewedName: unknown;
  let stack: Stack;

  const program: PulumiFn = async () => {
    const options = { provider: provider() };
    const { v1 } = k8s.core;
    const namespace = new v1.Namespace("space", { metadata: { name } }, options);
    const metadata = { namespace: namespace.metadata.name };
    const account = new v1.ServiceAccount(
      "account",
      { metadata: { ...metadata, labels: { version: `v${version}` } } },
      options,
    );
    const auto = new v1.ConfigMap("auto", { metadata, data: { version: `v${version}` } }, options);
    new v1.ConfigMap(
      "named",
      { metadata: { ...metadata, name: "named" }, data: { version: `v${version}` } },
      options,
    );
    new k8s.rbac.v1.Role(
      "role",
      {
        metadata,
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: version === 1 ? ["get"] : ["get", "list"] }],
      },
      options,
    );
    new k8s.networking.v1.NetworkPolicy(
      "policy",
      {
        metadata,
        spec: { podSelector: { matchLabels: { app: "etcd" } }, policyTypes: ["Ingress"], ingress: [] },
      },
      options,
    );
    const secret = new v1.Secret(
      "secret",
      { metadata, stringData: { password: pulumi.secret("sesame") } },
      options,
    );
    new v1.ConfigMap(
      "half",
      { metadata, data: { open: "read me", hidden: pulumi.secret("poppy") } },
      options,
    );
    new k8s.policy.v1.PodDisruptionBudget(
      "budget",
      { metadata, spec: { minAvailable: 1, selector: { matchLabels: { app: "etcd" } } } },
      options,
    );
    const limits = new v1.LimitRange(
      "limits",
      { metadata, spec: { limits: [{ type: "Container", default: { cpu: "0.5", memory: "1024Mi" } }] } },
      options,
    );
    auto.metadata.name.apply((value) => {
      previewedName = value;
    });
    return {
      account: account.metadata.labels,
      auto: auto.metadata.name,
      namespaced: auto.metadata.namespace,
      data: secret.data,
      limit: limits.spec.limits[0]?.default,
    };
  };

  beforeAll(async () => {
    stack = await home.stack(name, program);
    await stack.preview({ onEvent: records.preview.onEvent });
    outputs = (await stack.up()).outputs;
    await stack.up({ expectNoChanges: true });
    await stack.refresh({ expectNoChanges: true });
    version = 2;
    changedOutputs = (await stack.up({ onEvent: records.changed.onEvent })).outputs;
    await stack.up({ expectNoChanges: true });
  });

  it("knows an auto-made name already in the preview: the resource's name and eight characters", () => {
    expect(previewedName).toMatch(/^auto-[0-9a-f]{8}$/);
    expect(outputs.auto?.value).toMatch(/^auto-[0-9a-f]{8}$/);
    expect(records.preview.changes).toContain("create named");
  });

  it("puts objects into their namespace", async () => {
    expect(outputs.namespaced?.value).toBe(name);
    expect(await namesIn(name, "serviceaccounts")).toEqual([expect.stringMatching(/^account-/)]);
  });

  it("shows no change for the forms in which the API server gives quantities back", () => {
    expect(outputs.limit?.value).toEqual({ cpu: "500m", memory: "1Gi" });
  });

  it("updates what can be updated, in place", () => {
    for (const change of ["update account", "update role"]) expect(records.changed.changes).toContain(change);
    expect(changedOutputs.account?.value).toEqual({ version: "v2" });
  });

  it("replaces a ConfigMap for its data, an auto-named one by one of another name", async () => {
    expect(records.changed.changes).toContain("replace auto");
    expect(changedOutputs.auto?.value).not.toBe(outputs.auto?.value);
    expect(await namesIn(name, "configmaps")).toEqual([
      changedOutputs.auto?.value,
      expect.stringMatching(/^half-/),
      "named",
    ]);
  });

  it("deletes an object first that must be replaced under its fixed name", () => {
    const order = records.changed.changes.filter((change) => change.endsWith(" named"));
    expect(order).toEqual(["delete-replaced named", "replace named", "create-replacement named"]);
  });

  it("leaves alone what has not changed", () => {
    const touched = records.changed.changes.map((change) => change.split(" ").at(-1));
    for (const resource of ["policy", "secret", "budget", "limits", "half"])
      expect(touched).not.toContain(resource);
  });

  it("keeps secrets secret, in outputs and in the state file", async () => {
    expect(outputs.data).toEqual({
      value: { password: Buffer.from("sesame").toString("base64") },
      secret: true,
    });
    const file = await home.stateFile(name);
    for (const text of ["sesame", Buffer.from("sesame").toString("base64"), "poppy"])
      expect(file).not.toContain(text);
    expect(file).toContain("read me");
  });

  it("makes again what somebody has removed", async () => {
    await server.call("DELETE", `/api/v1/namespaces/${name}/configmaps/named`);
    await stack.refresh();
    const record = new EngineRecord();
    await stack.up({ onEvent: record.onEvent });
    expect(record.changes).toEqual(["create named"]);
  });

  it("puts back what somebody has changed, after a refresh", async () => {
    const account = (await namesIn(name, "serviceaccounts"))[0] ?? "";
    const path = `/api/v1/namespaces/${name}/serviceaccounts/${account}`;
    await server.call("PATCH", path, { metadata: { labels: { version: "v9" } } });
    await stack.refresh();
    const record = new EngineRecord();
    await expect(stack.up({ onEvent: record.onEvent })).rejects.toThrow();
    expect(record.text).toContain("Server-Side Apply field conflict detected");
    await server.call("PATCH", path, { metadata: { labels: { version: "v2" } } });
    await stack.up();
  });

  it("waits until everything is gone when it destroys, a namespace with its content included", async () => {
    await stack.destroy();
    await expect(server.call("GET", `/api/v1/namespaces/${name}`)).rejects.toThrow("not found");
  });
});

describe("an object that exists already", () => {
  it("is never adopted: create fails, and the object stays as it was", async () => {
    const path = "/api/v1/namespaces/default/configmaps";
    await server.call("POST", path, { metadata: { name: "theirs" }, data: { owner: "them" } });
    const stack = await home.stack("exists", async () => {
      new k8s.core.v1.ConfigMap(
        "theirs",
        { metadata: { name: "theirs" }, data: { owner: "us" } },
        { provider: provider() },
      );
    });
    await stack.preview();
    const record = new EngineRecord();
    await expect(stack.up({ onEvent: record.onEvent })).rejects.toThrow();
    expect(record.text).toContain('configmaps "theirs" already exists');
    await stack.destroy();
    expect(valueAt(await server.call("GET", `${path}/theirs`), "data", "owner")).toBe("them");
  });
});

describe("an API server that cannot be reached", () => {
  it("lets a preview pass and fails the update with the reason", async () => {
    const nobody = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "none",
      clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:1" } }],
      contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
      users: [{ name: "none", user: {} }],
    };
    const stack = await home.stack("unreachable", async () => {
      const options = { provider: new k8s.Provider("nobody", { kubeconfig: JSON.stringify(nobody) }) };
      new k8s.core.v1.ConfigMap("lost", { data: { a: "b" } }, options);
    });
    const preview = await stack.preview();
    expect(preview.changeSummary.create).toBe(3);
    const record = new EngineRecord();
    await expect(stack.up({ onEvent: record.onEvent })).rejects.toThrow();
    expect(record.text).toContain("configured Kubernetes cluster is unreachable");
    expect(record.text).toContain("127.0.0.1:1");
  });
});
