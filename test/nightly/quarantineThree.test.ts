import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlaneName, type Lab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { MachineKeepers } from "../support/machineKeepers";
import { NodesStacks } from "../support/nodesStack";

const machines: readonly ControlPlaneName[] = ["cp-a", "cp-b", "cp-c"];
const all = ["etcd.yaml", "kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"];

/** One story on one lab: three API servers behind their fences, killed there, and one machine loses its power. */
describe("a quarantine of three machines that is interrupted behind the fence", () => {
  let lab: Lab;
  let stacks: NodesStacks;
  let keepers: MachineKeepers;
  const on = async (machine: ControlPlaneName, command: string) =>
    (await lab.onMachine(machine, ["sh", "-c", command])).stdout;
  const fences = () => Promise.all(machines.map((machine) => on(machine, "nft list tables")));
  const links = (machine: ControlPlaneName) =>
    on(machine, "find /etc/kubernetes/manifests -type l -printf '%f\\n'");
  /** Whether it answers at the machine's own address. */
  const answers = async (from: ControlPlaneName, at: ControlPlaneName) => {
    const address = (await on(at, "hostname -I")).split(" ")[0];
    return on(from, `curl -ks --max-time 3 https://${address}:6443/readyz || true`);
  };
  const vms = ["host-keeper/vm-1", "host-keeper/vm-2", "pod-keeper/vm-1", "pod-keeper/vm-2"];

  beforeAll(async () => {
    lab = await startLab({ name: "quarantine-three", shape: "kubeadm" });
    stacks = await NodesStacks.open(lab);
    keepers = new MachineKeepers(lab, "cp-a");
    await keepers.start();
    const snapshot = join(stacks.directory, "s.db");
    await new MachineEtcd(lab, "cp-a").snapshot(snapshot);
    await keepers.add("vm-2");
    await stacks.restoreStack("three", { profile: "kubeadm", snapshot, quarantine: keepers.wishes });
  }, 600_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("answers to nobody but us, on no machine", async () => {
    await stacks.killedAt(/restore-scale-up-apiservers created/);
    for (const tables of await fences()) expect(tables).toContain("etcd-recovery-three");
    for (const machine of machines) expect(await links(machine)).toBe("kube-apiserver.yaml");
    expect(await answers("cp-b", "cp-a")).toBe("");
    expect(await answers("cp-a", "cp-a")).toBe("");
    expect(await keepers.machines()).toEqual(vms);
  });

  it("starts no API server on a machine that has lost its power, where no fence stands", async () => {
    await lab.killMachine("cp-b");
    await lab.startMachine("cp-b");
    const [, tables = ""] = await fences();
    expect(tables).not.toContain("etcd-recovery");
    await waitUntil(
      { what: "etcd of cp-b", timeoutSeconds: 120 },
      async () => (await on("cp-b", "pgrep -x etcd || true")) !== "",
    );
    expect(await on("cp-b", "pgrep -x kube-apiserver || true")).toBe("");
    expect(await keepers.machines()).toEqual(vms);
  });

  it("goes on to the end: what was named is at 0, nothing of the fence is left, and no machine was removed", async () => {
    await stacks.done("up", "--yes", "--skip-preview");
    for (const tables of await fences()) expect(tables).not.toContain("etcd-recovery");
    for (const machine of machines) {
      expect(await links(machine)).toBe("");
      expect((await on(machine, "ls /etc/kubernetes/manifests")).split("\n")).toEqual(all);
      expect(await answers("cp-b", machine)).toBe("ok");
    }
    expect(await keepers.replicas()).toBe("0 0");
    expect(await keepers.pods()).toBe("");
    expect(await keepers.machines()).toEqual(vms);
  });
});
