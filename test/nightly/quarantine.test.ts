import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pause } from "../../components/procedure/waiting";
import { type Lab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { MachineKeepers } from "../support/machineKeepers";
import { NodesStacks } from "../support/nodesStack";

/** One story on one lab: controllers that live through the outage and remove what the restored cluster does not know. */
describe("controllers that act on old truths", () => {
  let lab: Lab;
  let stacks: NodesStacks;
  let keepers: MachineKeepers;
  let snapshot: string;
  const onAdmin = async (command: string) => (await lab.onMachine("admin-cp", ["sh", "-c", command])).stdout;
  const left = () =>
    onAdmin(
      "nft list tables | grep etcd-recovery; ls -d /run/etcd-recovery; find /etc/kubernetes/manifests -type l",
    );

  beforeAll(async () => {
    lab = await startLab({ name: "quarantine", shape: "admin" });
    stacks = await NodesStacks.open(lab);
    keepers = new MachineKeepers(lab, "admin-cp");
    await keepers.start();
    snapshot = join(stacks.directory, "s.db");
    await new MachineEtcd(lab, "admin-cp").snapshot(snapshot);
    await keepers.add("vm-2");
  }, 300_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("remove, without a quarantine, what the restored cluster does not know", async () => {
    await stacks.restoreStack("control", { profile: "kubeadm", snapshot });
    await stacks.done("up", "--yes", "--skip-preview");
    await waitUntil({ what: "the loss of what the snapshot does not know", timeoutSeconds: 90 }, async () => {
      const left = await keepers.machines();
      return left.join(" ") === "host-keeper/vm-1 pod-keeper/vm-1";
    });
  });

  it("remove nothing under quarantine, and stay at 0 until they are released", async () => {
    await keepers.add("vm-2");
    await stacks.restoreStack("kept", { profile: "kubeadm", snapshot, quarantine: keepers.wishes });
    await stacks.done("up", "--yes", "--skip-preview");
    await pause(10);
    expect(await keepers.machines()).toEqual([
      "host-keeper/vm-1",
      "host-keeper/vm-2",
      "pod-keeper/vm-1",
      "pod-keeper/vm-2",
    ]);
    expect(await keepers.replicas()).toBe("0 0");
    expect(await keepers.pods()).toBe("");
    expect(await left().catch(() => "")).toBe("");
    const report = JSON.parse(await stacks.done("stack", "output", "report"));
    expect(report.quarantine).toMatchObject({
      workloads: [
        { name: "vms/Deployment/host-keeper", replicas: 1 },
        { name: "vms/Deployment/pod-keeper", replicas: 1 },
      ],
      newer: { machines: { count: 0 }, nodes: { count: 0 } },
    });
    expect(report.warnings).toEqual([]);
    const machines = join(stacks.directory, "Pulumi.kept.yaml");
    const { privateKey } = await lab.controlPlane();
    const released = await stacks.command(
      "release",
      "--machines",
      machines,
      "--ssh-key",
      privateKey,
      "--yes",
    );
    expect(released).toMatchObject({ exitCode: 0 });
    expect(await keepers.replicas()).toBe("1 1");
  });
});
