import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { askMachine } from "../../components/nodes/machineFacts";
import { substrateOf } from "../../components/nodes/openNodes";
import { SEED } from "../../components/nodes/seedManifest";
import type { MemberRepair } from "../../components/procedure/memberRepair";
import type { Substrate } from "../../components/procedure/substrate";
import { kubeadm } from "../../components/profiles/kubeadm";
import { staticPods } from "../../lab/clusters/staticPods";
import { LocalMachines } from "../support/localMachines";

const names = ["cp-1", "cp-2", "cp-3"];
const all = ["etcd.yaml", "kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"];
const seed = {
  directory: "member.seed-r1",
  initialCluster: "cp-1=https://10.0.0.1:2380,cp-2=https://10.0.0.2:2380",
  peerUrl: "https://10.0.0.2:2380",
};

describe("the repair of one member among machines", { timeout: 60_000 }, () => {
  let machines: LocalMachines;
  let substrate: Substrate;
  let repair: MemberRepair;
  let data: string;

  const open = async () => {
    const endpoint = { host: "10.0.0.1", port: 22, user: "root", hostKey: "ssh-ed25519 A" };
    const access = {
      ...{ kind: "nodes" as const, cluster: "c", profile: "kubeadm" as const, privateKey: "" },
      machines: names.map((name) => ({ name, ...endpoint })),
    };
    const parts = { machines, access, profile: kubeadm, userAgent: "test", say: () => undefined };
    const facts = await Promise.all(names.map((name) => askMachine(parts, name)));
    const apart = facts.map((one) => ({ ...one, hostname: one.machine }));
    substrate = substrateOf(parts, apart, () => undefined);
    if (substrate.repair === undefined) throw new Error("machines have no repair");
    repair = substrate.repair;
  };
  const permitted = async () => undefined;
  const others = () => ["cp-1", "cp-3"].map((name) => machines.manifests(name));
  const judged = (underWay = false) =>
    substrate
      .judge({
        ...{ operation: "repair", id: "r1", underWay, recorded: {} },
        request: { repair: "cp-2" },
      })
      .then(({ refusals }) => refusals.map(({ message }) => message));

  beforeEach(async () => {
    data = mkdtempSync(join(tmpdir(), "etcd-recovery-data-"));
    const texts = Object.fromEntries(
      staticPods("admin-cp", ["admin-cp"], { dataDirectory: data, uid: 0, gid: 0, isMount: false }).map(
        (pod) => [`${pod.metadata?.name}.yaml`, stringify(pod)],
      ),
    );
    machines = new LocalMachines(names, texts);
    for (const name of names)
      machines.write(name, "etcd.yaml", (texts["etcd.yaml"] ?? "").replaceAll("admin-cp", name));
    await open();
  });
  afterEach(() => {
    machines.remove();
    rmSync(data, { recursive: true, force: true });
  });

  it("ends the member's etcd alone; while it is held it is not started, twice as once", async () => {
    for (const _ of [1, 2]) {
      await repair.endInstance("cp-2", permitted, "held");
      expect(machines.manifests("cp-2")).toEqual(all.filter((file) => file !== "etcd.yaml"));
      expect(machines.parked("cp-2")).toEqual(["etcd.yaml"]);
    }
    for (const _ of [1, 2]) {
      await repair.endInstance("cp-2", permitted);
      expect(machines.manifests("cp-2")).toEqual(all);
      expect(machines.parked("cp-2")).toEqual([]);
    }
    expect(others()).toEqual([all, all]);
    expect(machines.ran.filter((line) => /^cp-[13]: etcd.yaml$/.test(line))).toEqual([]);
  });

  it("is of an API server that keeps its objects where its manifest says", async () => {
    expect(await substrate.storagePrefix?.()).toBeUndefined();
    const file = "kube-apiserver.yaml";
    const text = readFileSync(machines.path("cp-1", `${kubeadm.manifests}/${file}`), "utf8");
    machines.write("cp-1", file, text.replace(/^( *)- kube-apiserver$/m, "$&\n$1- --etcd-prefix=/a/b"));
    await open();
    expect(await substrate.storagePrefix?.()).toBe("/a/b");
  });

  it("ends by force what does not end by itself, and only then goes on", async () => {
    machines.linger("cp-2", "etcd");
    const began = Date.now();
    await repair.endInstance("cp-2", permitted, "held");
    expect(Date.now() - began).toBeGreaterThanOrEqual(10_000);
    const living = await substrate.workloads.still([{ name: "static/etcd", part: "etcd", replicas: 3 }]);
    expect(living.flatMap(({ instances }) => instances).filter((one) => one.startsWith("cp-2"))).toEqual([]);
  });

  it("moves nothing where it may not any more", async () => {
    const refused = async () => {
      throw new Error("the ledger is undone");
    };
    await expect(repair.endInstance("cp-2", refused, "held")).rejects.toThrow("the ledger is undone");
    mkdirSync(join(data, seed.directory));
    await expect(repair.startSeed("cp-2", seed, refused)).rejects.toThrow("the ledger is undone");
    expect(machines.manifests("cp-2")).toEqual(all);
  });

  it("says so where the kubelet would start none: its manifest is gone", async () => {
    await repair.endInstance("cp-2", permitted, "held");
    rmSync(machines.path("cp-2", `${kubeadm.state}/parked/etcd.yaml`));
    await expect(repair.endInstance("cp-2", permitted)).rejects.toThrow(
      `machine cp-2: ${kubeadm.manifests}/etcd.yaml is gone since it was read: the kubelet starts no etcd there`,
    );
  });

  it("has a seed of the member's own etcd in the kubelet's directory, until the instance is ended", async () => {
    mkdirSync(join(data, seed.directory));
    await repair.endInstance("cp-2", permitted, "held");
    expect(await repair.hasSeed("cp-2")).toBe(false);
    await repair.awaitInstance("cp-2");
    await repair.startSeed("cp-2", seed, permitted);
    expect(await repair.hasSeed("cp-2")).toBe(true);
    expect(await repair.seedEnded("cp-2")).toBe(false);
    expect(await repair.seedSaid("cp-2")).toMatch(/no container of it has said anything: does the kubelet/);
    const file = machines.path("cp-2", `${kubeadm.manifests}/${SEED}.yaml`);
    const { spec } = JSON.parse(readFileSync(file, "utf8"));
    expect(spec.containers[0].command).toContain("--name=cp-2");
    expect(spec.containers[0].command).toContain(`--data-dir=${data}/${seed.directory}`);
    await repair.endInstance("cp-2", permitted);
    expect(await repair.hasSeed("cp-2")).toBe(false);
    expect(machines.manifests("cp-2")).toEqual(all);
    expect(others()).toEqual([all, all]);
  });

  it("starts no seed where the member is not held", async () => {
    await expect(repair.startSeed("cp-2", seed, permitted)).rejects.toThrow(
      `machine cp-2: ${join(data, seed.directory)} is not there: the member is not held`,
    );
    expect(machines.manifests("cp-2")).toEqual(all);
  });

  it("is refused where somebody has taken the member's manifest away, but not while it does so itself", async () => {
    expect(await judged()).toEqual([]);
    await repair.endInstance("cp-2", permitted, "held");
    await open();
    expect(await judged()).toEqual([
      `machine cp-2: ${kubeadm.manifests}/etcd.yaml lies in ${kubeadm.state}/parked: the kubelet starts no etcd there`,
    ]);
    expect(await judged(true)).toEqual([]);
  });

  it("is refused where the member's log is a link, which stays when its data is put aside", async () => {
    mkdirSync(join(data, "member"));
    symlinkSync("/elsewhere", join(data, "member", "wal"));
    expect(await judged()).toEqual([expect.stringMatching(/^member cp-2: \S+\/member\/wal is a link: /)]);
    expect(await judged(true)).toEqual([]);
  });
});
