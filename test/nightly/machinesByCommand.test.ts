import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlaneName, type Lab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { NodesStacks } from "../support/nodesStack";

const machines: readonly ControlPlaneName[] = ["cp-a", "cp-b", "cp-c"];
const before = ["configmap/after", "configmap/before"];

/** One story on one lab: what an operator does without the stack, and after a restore. */
describe("three machines: by command, through reboots, back, and for good", () => {
  let lab: Lab;
  let stacks: NodesStacks;
  let etcd: MachineEtcd;

  const settings = () => ({ profile: "kubeadm" as const, snapshot: join(stacks.directory, "admin.db") });
  const dataOf = async (machine: ControlPlaneName) =>
    (await lab.onMachine(machine, ["find", "/var/lib/etcd", "-maxdepth", "3", "-name", "*-*"])).stdout
      .split("\n")
      .filter((path) => /member\.pre-|undone-data|removed/.test(path));
  const served = async (objects: readonly string[]) =>
    waitUntil({ what: `objects ${objects.join(" ")}`, timeoutSeconds: 120 }, async () => {
      const found = await etcd.configMaps().catch(() => []);
      return JSON.stringify(found) === JSON.stringify(objects);
    });
  /** The command, which finds all that it needs in the stack's own settings and the key's file. */
  const command = async (way: "undo" | "resume", id: string) => {
    const { privateKey } = await lab.controlPlane();
    const options = ["--machines", join(stacks.directory, `Pulumi.${id}.yaml`), "--ssh-key", privateKey];
    const { exitCode, screen } = await stacks.command(way, ...options, "--yes");
    if (exitCode !== 0) throw new Error(screen);
    return screen;
  };

  beforeAll(async () => {
    lab = await startLab({ name: "machines-by-command", shape: "kubeadm" });
    stacks = await NodesStacks.open(lab);
    etcd = new MachineEtcd(lab, "cp-a");
    await etcd.write("before");
    await etcd.snapshot(settings().snapshot);
    await etcd.write("after");
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("killed in its outage: 'etcd-recovery undo' puts the previous data back", async () => {
    await stacks.restoreStack("given-up", settings());
    await stacks.killedAt(/restore-cp-.-swap created/);
    const screen = await command("undo", "given-up");
    expect(screen).toMatch(/Done in [\d.]+ s: restore given-up is undone\./);
    expect(screen).not.toMatch(/PRIVATE KEY|utility Pods/);
    await served(before);
    expect(await readFile(join(stacks.directory, "Pulumi.given-up.yaml"), "utf8")).not.toContain("PRIVATE");
    await stacks.done("destroy", "--yes", "--skip-preview");
  });

  it("killed in its outage: 'etcd-recovery resume' finishes it", async () => {
    await stacks.restoreStack("done", settings());
    await stacks.killedAt(/restore-cp-.-swap created/);
    expect(await command("resume", "done")).toMatch(/Done in [\d.]+ s: restore done is finished\./);
    await served(["configmap/before"]);
  });

  it("is as it was restored after each machine was rebooted once", async () => {
    for (const machine of machines) {
      await lab.killMachine(machine);
      await lab.startMachine(machine);
      await served(["configmap/before"]);
    }
    const health = JSON.parse(await etcd.etcdctl("endpoint", "health", "--cluster", "-w", "json"));
    expect(health.map(({ health }: { health: boolean }) => health)).toEqual([true, true, true]);
    // An API server that has just started lets nobody in before it has read who may what.
    await waitUntil({ what: "a write", timeoutSeconds: 60 }, async () =>
      etcd.write("later").then(
        () => true,
        () => false,
      ),
    );
  });

  it("goes back to what it had put aside", async () => {
    await stacks.restoreStack("back", { ...settings(), rollback: "done" });
    await stacks.done("up", "--yes", "--skip-preview");
    await served(before);
    const report = JSON.parse(await stacks.done("stack", "output", "report"));
    expect(report).toMatchObject({ restoredFrom: { rollback: "done" }, replicas: { etcd: 3 }, warnings: [] });
  });

  it("removes for good what three restores have left, of an undone one too", async () => {
    for (const machine of machines) expect((await dataOf(machine)).join()).toMatch(/member\.pre-done/);
    for (const id of ["given-up", "done", "back"]) {
      await stacks.restoreStack(`end-${id}`, { ...settings(), finalize: id });
      await stacks.done("up", "--yes", "--skip-preview");
    }
    for (const machine of machines) expect(await dataOf(machine)).toEqual([]);
    await served(before);
    await stacks.done("up", "--yes", "--skip-preview", "--expect-no-changes");
  });
});
