import { expect, it } from "vitest";
import { clusterApi } from "../../../components/access/clusterApi";
import { hostedUserApi } from "../../../components/hosted/hostedUserApi";
import { apiError, FakeApi } from "../../support/fakeApi";
import { hostedScene } from "../../support/hostedScene";

const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";

function scene() {
  const api = Object.assign(new FakeApi(), {
    closed: 0,
    close() {
      this.closed += 1;
    },
  });
  let opened = 0;
  const userApi = hostedUserApi(hostedScene().context, async () => {
    opened += 1;
    return api;
  });
  return { api, userApi, opened: () => opened };
}

it("opens its connection when it is first needed, once", async () => {
  const { api, userApi, opened } = scene();
  userApi.close();
  expect(opened()).toBe(0);
  api.before.push(({ path }) => (path === "/readyz" ? "ok" : undefined));
  expect(await userApi.answers()).toBe(true);
  api.put("/api/v1/namespaces", { metadata: { name: "kube-system", uid: "u-1" } });
  expect(await userApi.clusterUid()).toBe("u-1");
  expect(opened()).toBe(1);
  userApi.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(api.closed).toBe(1);
});

it("what does not answer is silent, and a lease that cannot be asked for is an error", async () => {
  const { api, userApi } = scene();
  api.before.push(() => {
    throw apiError("unreachable", "refused");
  });
  expect(await userApi.answers()).toBe(false);
  expect(await userApi.clusterUid()).toBeUndefined();
  await expect(userApi.leaseRenewed("kube-scheduler")).rejects.toThrow("refused");
});

it("without a kubeconfig nothing is known", async () => {
  const { context } = hostedScene();
  const { userKubeconfig: _, ...access } = context.access;
  const userApi = hostedUserApi({ ...context, access }, () => Promise.reject(new Error("opened")));
  expect(userApi.known).toBe(false);
  expect(await userApi.answers()).toBe(false);
  expect(await userApi.clusterUid()).toBeUndefined();
  userApi.close();
});

it("a mistake in the kubeconfig is not taken for a silent cluster", async () => {
  const userApi = hostedUserApi(hostedScene().context, () => Promise.reject(new Error("no such file")));
  await expect(userApi.answers()).rejects.toThrow("no such file");
  await expect(userApi.clusterUid()).rejects.toThrow("no such file");
});

it("releases a lease as it was read, and leaves one that has a new holder", async () => {
  const { api, userApi } = scene();
  const path = `${leases}/kube-scheduler`;
  await userApi.releaseLease("kube-scheduler");
  expect(await userApi.leaseRenewed("kube-scheduler")).toBeUndefined();
  api.put(leases, {
    metadata: { name: "kube-scheduler" },
    spec: { holderIdentity: "dead", renewTime: "t", leaseDurationSeconds: 15 },
  });
  expect(await userApi.leaseRenewed("kube-scheduler")).toBe("t");
  await userApi.releaseLease("kube-scheduler");
  expect(api.objects.get(path)?.spec).toEqual({
    holderIdentity: "",
    renewTime: "t",
    leaseDurationSeconds: 15,
  });
  expect(api.made("PATCH")[0]?.body).toMatchObject({ metadata: { resourceVersion: expect.any(String) } });
  await userApi.releaseLease("kube-scheduler");
  expect(api.made("PATCH")).toHaveLength(1);

  const taken = scene();
  taken.api.put(leases, { metadata: { name: "kube-scheduler" }, spec: { holderIdentity: "dead" } });
  taken.api.before.push(({ method }) => {
    if (method === "PATCH")
      taken.api.touch(path, (lease) => {
        lease.spec = { holderIdentity: "living" };
      });
    return undefined;
  });
  await taken.userApi.releaseLease("kube-scheduler");
  expect(taken.api.objects.get(path)?.spec).toEqual({ holderIdentity: "living" });
});

it("a kubeconfig that could not be had is asked for again", async () => {
  const api = Object.assign(new FakeApi(), { close() {} });
  api.before.push(({ path }) => (path === "/readyz" ? "ok" : undefined));
  let tries = 0;
  const fromMachine = async () => {
    tries += 1;
    if (tries === 1) throw new Error("the connection to cp-0 was cut");
    return "KUBECONFIG";
  };
  const userApi = clusterApi(fromMachine, async () => api);
  await expect(userApi.answers()).rejects.toThrow("cut");
  expect(await userApi.answers()).toBe(true);
  expect(await userApi.answers()).toBe(true);
  expect(tries).toBe(2);
});
