import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlaneName, type Lab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { NodesStacks } from "../support/nodesStack";

const before = ["configmap/after", "configmap/before"];

/** One story on one lab: a machine is away when the others go back, and comes all the same. */
describe("a machine of three that is gone in the middle of a restore", () => {
  let lab: Lab;
  let stacks: NodesStacks;
  let etcd: MachineEtcd;

  const settings = () => ({ profile: "kubeadm" as const, snapshot: join(stacks.directory, "admin.db") });
  const undo = async (...more: string[]) => {
    const { privateKey } = await lab.controlPlane();
    const file = join(stacks.directory, "Pulumi.gone.yaml");
    return stacks.command("undo", "--machines", file, "--ssh-key", privateKey, "--yes", ...more);
  };
  const served = () =>
    waitUntil({ what: "the previous objects", timeoutSeconds: 120 }, async () => {
      const found = await etcd.configMaps().catch(() => []);
      return JSON.stringify(found) === JSON.stringify(before);
    });
  const members = async (): Promise<readonly { readonly id: string; readonly name: string }[]> =>
    (await etcd.etcdctl("member", "list"))
      .split("\n")
      .map((line) => line.split(", "))
      .map(([id = "", , name = ""]) => ({ id, name }));
  const ledgerOf = async (machine: ControlPlaneName) =>
    JSON.parse((await lab.onMachine(machine, ["cat", "/etc/kubernetes/etcd-recovery/ledger.json"])).stdout);

  beforeAll(async () => {
    lab = await startLab({ name: "machine-gone", shape: "kubeadm" });
    stacks = await NodesStacks.open(lab);
    etcd = new MachineEtcd(lab, "cp-a");
    await etcd.write("before");
    await etcd.snapshot(settings().snapshot);
    await etcd.write("after");
    await stacks.restoreStack("gone", settings());
    await stacks.killedAt(/restore-cp-.-swap created/);
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("is not left out while it answers", async () => {
    const { exitCode, screen } = await undo("--without", "cp-b");
    expect(screen).toContain("machine cp-b answers");
    expect(exitCode).not.toBe(0);
    expect((await ledgerOf("cp-a")).phase).toBe("swapped");
  });

  it("is left out when it is gone: the other two serve the previous data", async () => {
    await lab.killMachine("cp-b");
    const { exitCode, screen } = await undo("--without", "cp-b");
    expect(exitCode, screen).toBe(0);
    expect(screen).toMatch(/Done in [\d.]+ s: restore gone is undone/);
    await served();
    expect(await ledgerOf("cp-a")).toMatchObject({ phase: "undone", absent: "cp-b" });
  });

  it("comes back with the other data: nothing else may begin before it is undone", async () => {
    await lab.startMachine("cp-b");
    expect((await ledgerOf("cp-b")).phase).toBe("swapped");
    await stacks.restoreStack("next", settings());
    const { exitCode, screen } = await stacks.pulumi("up", "--yes", "--skip-preview");
    expect(exitCode).not.toBe(0);
    expect(screen).toMatch(/restore gone of this cluster is under way/);
    await served();
  });

  it("is undone alone, and is a member again", async () => {
    const { exitCode, screen } = await undo();
    expect(exitCode, screen).toBe(0);
    expect(screen).toContain("away when the others were undone, and undone now: cp-b");
    await waitUntil({ what: "three healthy members", timeoutSeconds: 120 }, async () => {
      const health = await etcd.etcdctl("endpoint", "health", "--cluster", "-w", "json").catch(() => "[]");
      return JSON.parse(health).filter(({ health: well }: { health: boolean }) => well).length === 3;
    });
    await served();
    expect((await ledgerOf("cp-b")).phase).toBe("undone");
  });

  it("is gone for good: the other two are restored without it, when etcd has forgotten it", async () => {
    await lab.killMachine("cp-b");
    await stacks.restoreStack("two", { ...settings(), machines: ["cp-a", "cp-c"] });
    const { exitCode, screen } = await stacks.pulumi("up", "--yes", "--skip-preview");
    expect(exitCode).not.toBe(0);
    expect(screen).toContain("machines: etcd has the member cp-b too");
    await served();
    const lost = (await members()).find(({ name }) => name === "cp-b")?.id ?? "none";
    await etcd.etcdctl("member", "remove", lost);
    await stacks.done("up", "--yes", "--skip-preview");
    expect(await etcd.configMaps()).toEqual(["configmap/before"]);
    expect((await members()).map(({ name }) => name).sort()).toEqual(["cp-a", "cp-c"]);
  });

  it("on again all the same, it is no member and changes nothing", async () => {
    await lab.startMachine("cp-b");
    await etcd.write("later");
    await sleep(30_000);
    expect(await etcd.configMaps()).toEqual(["configmap/before", "configmap/later"]);
    expect((await members()).map(({ name }) => name).sort()).toEqual(["cp-a", "cp-c"]);
  });
});
