import { describe, expect, it } from "vitest";
import {
  type HostedNames,
  hostedAccess,
  namesText,
  parseHostedAccess,
  parseNames,
} from "../../../components/hosted/hostedAccess";
import { membersOf } from "../../../components/hosted/hostedCluster";
import { gdcKubeception } from "../../../components/profiles/gdcKubeception";
import { withOverrides } from "../../../components/profiles/profiles";

const access = { kind: "hosted", namespace: "uc1", adminKubeconfig: "/kube/admin" };
const profile = withOverrides(gdcKubeception, {
  etcd: { statefulSet: "etcd-x", service: "etcd-x-headless", clientPort: 12379 },
  controllers: ["Deployment/my-scheduler", "discover"],
});
const names: HostedNames = { members: 5, profile };

describe("how a step reaches a hosted cluster", () => {
  it("is read from its arguments", () => {
    const whole = { ...access, adminContext: "prod", userKubeconfig: "/kube/user", names };
    expect(parseHostedAccess(whole)).toEqual(whole);
    expect(parseHostedAccess(access)).toEqual(access);
  });

  it("is made of the cluster that the stack declares", () => {
    const cluster = { name: "uc1", namespace: "uc1", adminKubeconfig: "/kube/admin", ...names };
    expect(hostedAccess(cluster)).toEqual({ ...access, names });
  });

  it.each([
    ["another substrate", { ...access, kind: "machines" }, "kind"],
    ["a relative path", { ...access, adminKubeconfig: "admin" }, "adminKubeconfig"],
    ["a namespace that leaves its path", { ...access, namespace: "../kube-system" }, "namespace"],
  ])("%s is refused", (_, substrate, field) => {
    expect(() => parseHostedAccess(substrate)).toThrow(`: ${field}. Steps are run by the stack`);
  });
});

describe("names of a cluster's parts in its ledger", () => {
  it("are read as they were written", () => {
    expect(parseNames(namesText(names), "uc1/etcd-recovery")).toEqual(names);
  });

  const format1 = {
    MEMBERS: "etcd-x-0 etcd-x-1 etcd-x-2",
    ETCD_STATEFULSET: "etcd-x",
    ETCD_CONTAINER: "etcd",
    ETCD_ENDPOINTS: "https://etcd-x-0.etcd-peers:12379,https://etcd-x-1.etcd-peers:12379",
    ETCD_CLIENT_PORT: "12379",
    ETCD_CA: "/pki/ca.crt",
    ETCD_CERTIFICATE: "/pki/etcd.crt",
    ETCD_KEY: "/pki/etcd.key",
    DATA_CLAIM: "store",
    APISERVER_STATEFULSET: "api",
    APISERVER_PDB: "api-pdb",
    MAINTENANCE: "defrag",
    CONTROLLERS: "discover",
  };

  it("are read from a ledger of the first format", () => {
    const read = parseNames(JSON.stringify(format1), "uc1/etcd-recovery");
    expect(read.profile).toMatchObject({
      etcd: {
        statefulSet: "etcd-x",
        service: "etcd-peers",
        clientPort: 12379,
        dataClaim: "store",
        key: "/pki/etcd.key",
      },
      apiServer: { statefulSet: "api", podDisruptionBudget: "api-pdb" },
      controllers: "discover",
    });
    expect(membersOf(read)[2]).toEqual({
      name: "etcd-x-2",
      claim: "store-etcd-x-2",
      peerUrl: "https://etcd-x-2.etcd-peers:2380",
      clientUrl: "https://etcd-x-2.etcd-peers:12379",
    });
    const named = { ...format1, CONTROLLERS: "Deployment/a discover" };
    expect(parseNames(JSON.stringify(named), "x").profile.controllers).toEqual(["Deployment/a", "discover"]);
  });

  it.each([
    ["no JSON", "MEMBERS=a"],
    ["a name that leaves its path", JSON.stringify({ ...format1, ETCD_STATEFULSET: "../../secrets" })],
    ["a port that is none", JSON.stringify({ ...format1, ETCD_CLIENT_PORT: "1;reboot" })],
    ["an endpoint of another member", JSON.stringify({ ...format1, ETCD_ENDPOINTS: "https://evil:1" })],
    ["no member", JSON.stringify({ ...names, members: 0 })],
    ["a name with an option in it", namesText(names).replace('"kube-etcd"', '"--kubeconfig"')],
  ])("%s is refused, with the ledger's place", (_, text) => {
    expect(() => parseNames(text, "uc1/etcd-recovery")).toThrow(
      /^the ledger uc1\/etcd-recovery: not written by this program: its names/,
    );
  });
});
