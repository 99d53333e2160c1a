import { beforeEach, describe, expect, it } from "vitest";
import { membersOf } from "../../../components/hosted/hostedCluster";
import { hostedRepair } from "../../../components/hosted/hostedRepair";
import type { Seed } from "../../../components/procedure/memberRepair";
import { gdcKubeception } from "../../../components/profiles/gdcKubeception";
import { apiError, FakeApi, once } from "../../support/fakeApi";

const pods = "/api/v1/namespaces/uc1/pods";
const path = `${pods}/kube-etcd-1`;
const names = { members: 3, profile: gdcKubeception };
const seed: Seed = {
  directory: "member.seed-r1",
  initialCluster: "kube-etcd-0=https://a:2380,kube-etcd-1=https://b:2380",
  peerUrl: "https://b:2380",
};
const container = {
  name: gdcKubeception.etcd.container,
  image: "etcd:3.6",
  imagePullPolicy: "IfNotPresent",
  command: [
    "/bin/sh",
    "-c",
    "exec etcd --peer-cert-file=/certs/$(POD_NAME).crt --peer-key-file /certs/peer.key",
  ],
  env: [
    { name: "ETCD_PEER_TRUSTED_CA_FILE", value: "/certs/peer-ca.crt" },
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  ],
  volumeMounts: [{ name: "data", mountPath: "/var/lib/etcd" }],
  securityContext: { runAsUser: 1001 },
};

const permitted = async () => undefined;

describe("the repair of a hosted member", () => {
  let api: FakeApi;
  const repair = () =>
    hostedRepair({ client: api, namespace: "uc1", names, members: membersOf(names), id: "r1" });
  const makePod = (status: object = { podIP: "10.0.0.1" }) =>
    api.put(pods, { metadata: { name: "kube-etcd-1" }, spec: { containers: [container] }, status });
  /** As the StatefulSet does, a moment later. */
  const remade = () =>
    api.after.push((call) => {
      if (call.method === "DELETE") setTimeout(() => makePod(), 100);
      return undefined;
    });
  /** The server keeps the subresource's list in the Pod. */
  const takesContainers = () =>
    api.before.push((call) => {
      if (call.method !== "PUT" || !call.path.endsWith("/ephemeralcontainers")) return undefined;
      const { spec } = call.body as { spec: object };
      api.touch(path, (pod) => {
        pod.spec = spec;
      });
      return {};
    });

  const seeds = () => {
    const spec = api.objects.get(path)?.spec as { ephemeralContainers?: (typeof container)[] } | undefined;
    return spec?.ephemeralContainers ?? [];
  };

  /** As `kubectl debug` does. */
  const debugged = () =>
    api.touch(path, ({ spec }) => {
      const { ephemeralContainers = [] } = spec as { ephemeralContainers?: object[] };
      Object.assign(spec as object, {
        ephemeralContainers: [...ephemeralContainers, { name: "debugger-x" }],
      });
    });

  beforeEach(() => {
    api = new FakeApi();
  });

  it("ends the Pod that it has seen, never by force, and waits until that one is gone", async () => {
    const { metadata } = makePod();
    remade();
    await repair().endInstance("kube-etcd-1", permitted);
    const [call, ...more] = api.made("DELETE");
    expect(call?.body).toEqual({ gracePeriodSeconds: 10, preconditions: { uid: metadata.uid } });
    expect(more).toEqual([]);
    await repair().awaitInstance("kube-etcd-1");
  });

  it("looks when the answer was lost, and asks again only for the same Pod", async () => {
    makePod();
    remade();
    api.after.push(
      once(
        ({ method }) => method === "DELETE",
        () => {
          throw apiError("interrupted", "cut", true);
        },
      ),
    );
    await repair().endInstance("kube-etcd-1", permitted);
    expect(api.made("DELETE")).toHaveLength(1);
    const again = new FakeApi();
    api = again;
    makePod();
    remade();
    api.before.push(
      once(
        ({ method }) => method === "DELETE",
        () => {
          throw apiError("timeout", "no answer", true);
        },
      ),
    );
    await repair().endInstance("kube-etcd-1", permitted);
    expect(api.made("DELETE")).toHaveLength(2);
  });

  it("has nothing to end when there is no Pod; a refusal of the server is told at once", async () => {
    await repair().endInstance("kube-etcd-1", permitted);
    expect(api.made("DELETE")).toEqual([]);
    makePod();
    api.before.push(({ method }) => {
      if (method === "DELETE") throw apiError("forbidden", "may not delete pods");
      return undefined;
    });
    await expect(repair().endInstance("kube-etcd-1", permitted)).rejects.toThrow("may not delete pods");
  });

  it("makes a seed of the member's own container: image, user, volume, certificates", async () => {
    makePod();
    takesContainers();
    debugged();
    expect(await repair().hasSeed("kube-etcd-1")).toBe(false);
    await repair().startSeed("kube-etcd-1", seed, permitted);
    const [, made] = seeds();
    expect(made).toMatchObject({
      image: "etcd:3.6",
      imagePullPolicy: "IfNotPresent",
      volumeMounts: container.volumeMounts,
      securityContext: container.securityContext,
      env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
    });
    expect(made?.name).toMatch(/^etcd-recovery-seed-\d+$/);
    const { ca, certificate, key } = gdcKubeception.etcd;
    expect(made?.command).toEqual([
      "etcd",
      "--name=kube-etcd-1",
      "--data-dir=/var/lib/etcd/member.seed-r1",
      "--initial-cluster-state=existing",
      `--initial-cluster=${seed.initialCluster}`,
      "--initial-advertise-peer-urls=https://b:2380",
      "--advertise-client-urls=https://kube-etcd-1.kube-etcd:2379",
      "--listen-peer-urls=https://127.0.0.1:0",
      "--listen-client-urls=https://127.0.0.1:0",
      `--trusted-ca-file=${ca}`,
      `--cert-file=${certificate}`,
      `--key-file=${key}`,
      "--client-cert-auth",
      "--peer-trusted-ca-file=/certs/peer-ca.crt",
      "--peer-cert-file=/certs/$(POD_NAME).crt",
      "--peer-key-file=/certs/peer.key",
      "--peer-client-cert-auth",
      "--quota-backend-bytes=-1",
      "--snapshot-count=1000000000",
    ]);
    expect(await repair().hasSeed("kube-etcd-1")).toBe(true);
  });

  it("adds one seed when the kubelet wrote first, and when the answer was lost", async () => {
    makePod();
    takesContainers();
    const put = ({ method }: { method: string }) => method === "PUT";
    api.before.unshift(
      once(put, () => {
        throw apiError("conflict", "the object has been modified");
      }),
    );
    await repair().startSeed("kube-etcd-1", seed, permitted);
    expect(api.made("PUT")).toHaveLength(2);
    expect(seeds()).toHaveLength(1);
  });

  it("adds none where it may not any more", async () => {
    makePod();
    takesContainers();
    const refused = async () => {
      throw new Error("the ledger is undone");
    };
    await expect(repair().startSeed("kube-etcd-1", seed, refused)).rejects.toThrow("the ledger is undone");
    expect(api.made("PUT")).toEqual([]);
  });

  it("knows a seed's end and last words, without secrets", async () => {
    makePod();
    takesContainers();
    await repair().startSeed("kube-etcd-1", seed, permitted);
    debugged();
    expect(await repair().seedEnded("kube-etcd-1")).toBe(false);
    const name = seeds()[0]?.name;
    api.touch(path, (pod) => {
      const ended = { name, state: { terminated: { exitCode: 1 } } };
      pod.status = { podIP: "10.0.0.1", ephemeralContainerStatuses: [ended] };
    });
    expect(await repair().seedEnded("kube-etcd-1")).toBe(true);
    api.logs.set("kube-etcd-1", "it failed\npassword=hunter2\n");
    const said = await repair().seedSaid("kube-etcd-1");
    expect(said).toContain("it failed");
    expect(said).not.toContain("hunter2");
    expect(api.made("GET", "/log")[0]?.query).toMatchObject({ container: name });
  });
});
