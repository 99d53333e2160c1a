import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlaneName, type Lab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { NodesStacks } from "../support/nodesStack";

const machines: readonly ControlPlaneName[] = ["cp-a", "cp-b", "cp-c"];
const state = "/etc/kubernetes/etcd-recovery";

/** What the members of one cluster say: `[{"Endpoint": …, "HashKV": {"hash": …, "hash_revision": …}}]`. */
interface MemberHash {
  readonly HashKV: { readonly hash: number; readonly hash_revision: number };
}

/** One story on one lab: it is interrupted in the worst way, and goes on to the end. */
describe("a restore of three machines with stacked etcd", () => {
  let lab: Lab;
  let stacks: NodesStacks;
  let etcd: MachineEtcd;
  let clusterBefore: number;

  const on = async (machine: ControlPlaneName, ...argv: string[]) =>
    (await lab.onMachine(machine, argv)).stdout;
  const ledgerOf = async (machine: ControlPlaneName) =>
    JSON.parse(await on(machine, "cat", `${state}/ledger.json`));
  /** Identities have 64 bits and are rounded here, each in the same way. */
  const members = async () => JSON.parse(await etcd.etcdctl("member", "list", "-w", "json"));

  beforeAll(async () => {
    lab = await startLab({ name: "three-machines", shape: "kubeadm" });
    stacks = await NodesStacks.open(lab);
    etcd = new MachineEtcd(lab, "cp-a");
    await etcd.write("before");
    await etcd.snapshot(join(stacks.directory, "admin.db"));
    await etcd.write("after");
    clusterBefore = (await members()).header.cluster_id;
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("that was killed between the swaps leaves its state on a machine that then loses its power", async () => {
    await stacks.restoreStack("three", {
      profile: "kubeadm",
      snapshot: join(stacks.directory, "admin.db"),
    });
    await stacks.killedAt(/restore-cp-.-swap created/);
    const ledger = await ledgerOf("cp-b");
    expect(ledger).toMatchObject({ id: "three", phase: "swapped" });
    await lab.killMachine("cp-b");
    await lab.startMachine("cp-b");
    expect(await ledgerOf("cp-b")).toEqual(ledger);
    expect((await on("cp-b", "ls", `${state}/parked`)).split("\n")).toEqual([
      "etcd.yaml",
      "kube-apiserver.yaml",
      "kube-controller-manager.yaml",
      "kube-scheduler.yaml",
    ]);
  });

  it("goes on to the end: one cluster of three equal members, with the objects of the snapshot", async () => {
    await stacks.done("up", "--yes", "--skip-preview");
    expect(await etcd.configMaps()).toEqual(["configmap/before"]);
    const { header, members: found } = await members();
    expect(found.map(({ name }: { name: string }) => name).sort()).toEqual(machines);
    expect(header.cluster_id).not.toBe(clusterBefore);
    await waitUntil({ what: "equal hashes of three members", timeoutSeconds: 60 }, async () => {
      const hashes: MemberHash[] = JSON.parse(
        await etcd.etcdctl("endpoint", "hashkv", "--cluster", "-w", "json"),
      );
      // Hashes are of equal data only where they are of one revision.
      const distinct = new Set(hashes.map(({ HashKV }) => `${HashKV.hash} at ${HashKV.hash_revision}`));
      return hashes.length === machines.length && distinct.size === 1;
    });
    await stacks.done("up", "--yes", "--skip-preview", "--expect-no-changes");
    const report = JSON.parse(await stacks.done("stack", "output", "report"));
    expect(report).toMatchObject({ replicas: { etcd: 3, apiServer: 3 }, warnings: [] });
    expect(new Set(report.members.map(({ hashKV }: { hashKV: string }) => hashKV)).size).toBe(1);
    expect(report.leases).toHaveLength(2);
    for (const machine of machines) {
      expect((await ledgerOf(machine)).phase).toBe("finished");
      expect(await on(machine, "ls", `${state}/parked`)).toBe("");
    }
  });
});
