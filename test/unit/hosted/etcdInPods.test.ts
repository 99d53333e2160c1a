import { beforeEach, describe, expect, it } from "vitest";
import { etcdInPods } from "../../../components/hosted/etcdInPods";
import { membersOf } from "../../../components/hosted/hostedCluster";
import type { EtcdClient } from "../../../components/procedure/substrate";
import { gdcKubeception } from "../../../components/profiles/gdcKubeception";
import { apiError, FakeApi } from "../../support/fakeApi";

const names = { members: 3, profile: gdcKubeception };

describe("etcdctl in the members' Pods", () => {
  let api: FakeApi;
  let etcd: EtcdClient;
  beforeEach(() => {
    api = new FakeApi();
    api.put("/api/v1/namespaces/uc1/pods", { metadata: { name: "kube-etcd-0" } });
    etcd = etcdInPods({ client: api, namespace: "uc1", names, members: membersOf(names) });
  });

  it("is run by its words alone, on the member's own port", async () => {
    api.onExec = () => ({ code: 0, stdout: "ok", stderr: "" });
    expect(await etcd.run("kube-etcd-0", ["endpoint", "status"])).toEqual({
      code: 0,
      stdout: "ok",
      stderr: "",
    });
    expect(api.made("EXEC")).toMatchObject([
      {
        path: "kube-etcd-0/kube-etcd",
        body: [
          "etcdctl",
          "--endpoints=https://127.0.0.1:2379",
          "--cacert=/etcd.local.config/certificates/etcdCA.crt",
          "--cert=/etcd.local.config/certificates/etcd.crt",
          "--key=/etcd.local.config/certificates/etcd.key",
          "--command-timeout=5s",
          "endpoint",
          "status",
        ],
      },
    ]);
  });

  it.each([
    ["all" as const, [0, 1, 2].map((n) => `https://kube-etcd-${n}.kube-etcd:2379`).join(",")],
    [["https://a:1", "https://b:2"], "https://a:1,https://b:2"],
  ])("asks %s where it is told to, for as long as it is told", async (endpoints, urls) => {
    await etcd.run("kube-etcd-0", ["member", "list"], { endpoints, seconds: 60 });
    const [call] = api.made("EXEC");
    expect(call?.body).toEqual(expect.arrayContaining([`--endpoints=${urls}`, "--command-timeout=60s"]));
  });

  it("a command that fails is an answer, a Pod that cannot be asked is -1", async () => {
    api.onExec = () => ({ code: 1, stdout: "", stderr: "context deadline exceeded" });
    expect(await etcd.run("kube-etcd-0", ["x"])).toMatchObject({
      code: 1,
      stderr: "context deadline exceeded",
    });
    expect(await etcd.run("kube-etcd-1", ["x"])).toMatchObject({ code: -1, stderr: /not found/ });
    api.onExec = () => {
      throw apiError("timeout", "no answer", true);
    };
    expect(await etcd.run("kube-etcd-0", ["x"])).toEqual({ code: -1, stdout: "", stderr: "no answer" });
  });

  it("names who of another cluster still calls, as both generations of etcd log it", async () => {
    const now = (member: string, cluster: string) =>
      `{"level":"warn","msg":"request cluster ID mismatch","remote-peer-server-name":"${member}","remote-peer-cluster-id":"${cluster}"}`;
    api.logs.set(
      "kube-etcd-0",
      [
        "started",
        now("d1", "c9"),
        now("d1", "c9"),
        now("b2", "c9"),
        'request sent was ignored (cluster ID mismatch: "remote")',
        "E | rafthttp: request cluster ID mismatch (got ee01 want ff02)",
        now("f3", "c9"),
      ].join("\n"),
    );
    expect(await etcd.strangers("kube-etcd-0")).toEqual([
      "a member of cluster ee01",
      "member b2 of cluster c9",
      "member d1 of cluster c9",
    ]);
    expect(api.made("GET")[0]?.query).toMatchObject({ container: "kube-etcd", limitBytes: 16 * 1024 * 1024 });
    expect(await etcd.strangers("kube-etcd-1")).toEqual([]);
  });

  it.each([
    ["a flag", { command: ["etcd", "--quota-backend-bytes=6442450944"] }, 6442450944n],
    ["a flag and its word", { args: ["--quota-backend-bytes", "8589934592"] }, 8589934592n],
    [
      "a shell's text",
      { command: ["/bin/sh", "-c", "exec etcd --quota-backend-bytes=4294967296 x"] },
      4294967296n,
    ],
    ["a variable", { env: [{ name: "ETCD_QUOTA_BACKEND_BYTES", value: "17179869184" }] }, 17179869184n],
    ["nothing", { command: ["etcd"] }, 2147483648n],
    ["etcd's own word for it", { command: ["etcd", "--quota-backend-bytes=0"] }, 2147483648n],
  ])("finds the quota in %s", async (_, container, quota) => {
    api.put("/apis/apps/v1/namespaces/uc1/statefulsets", {
      metadata: { name: "kube-etcd" },
      spec: {
        template: { spec: { containers: [{ name: "sidecar" }, { name: "kube-etcd", ...container }] } },
      },
    });
    expect(await etcd.configuredQuota()).toBe(quota);
  });
});
