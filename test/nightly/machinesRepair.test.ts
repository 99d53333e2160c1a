import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { MachinesRepairScene } from "../support/machinesRepairScene";

const data = "/var/lib/etcd";

/** One story on one lab: the member of cp-b is replaced while the other two serve. */
describe("the repair of one member on a machine", () => {
  let scene: MachinesRepairScene;
  const fileOf = (id: string) => join(scene.stacks.directory, `Pulumi.${id}.yaml`);

  beforeAll(async () => {
    scene = await MachinesRepairScene.open("machines-repair", { shape: "kubeadm", profile: "kubeadm", data });
  }, 900_000);

  afterAll(() => scene?.close());

  it("refuses a member that is healthy, and changes nothing", async () => {
    await scene.stack("healthy");
    const before = [await scene.containers(), await scene.memberList()];
    const preview = await scene.stacks.pulumi("preview");
    expect(preview.screen).toContain("pulumi up would stop here: restore.repair: cp-b is healthy");
    const refused = await scene.up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.screen).toContain("cp-b is healthy");
    expect([await scene.containers(), await scene.memberList()]).toEqual(before);
    await scene.destroy();
  });

  it("is undone before the member was removed: its data serves again under its id", async () => {
    const [members, running] = [await scene.memberList(), await scene.containers()];
    await scene.stack("undone", "a test");
    await scene.stacks.killedAt(/repair-hold-member created/);
    expect(await scene.dataOfMember()).toContain("member.pre-undone");
    expect(await scene.destroy()).toContain("cp-b: previous data back");
    await scene.healthy();
    await scene.equal();
    expect(await scene.memberList()).toEqual(members);
    expect(await scene.containers()).toEqual(running);
    expect(await scene.dataOfMember()).not.toContain("member.pre-undone");
    await scene.nothingLeft();
  });

  it("repairs a damaged member: equal data under a new id, nothing else is restarted", async () => {
    const [old, running] = [await scene.memberId(), await scene.containers()];
    await scene.damage();
    await scene.stack("bad");
    const run = await scene.up();
    expect(run.exitCode, run.screen).toBe(0);
    expect(await scene.containers()).toEqual(running);
    const list = await scene.memberList();
    expect(list.filter((line) => line.includes(", started, "))).toHaveLength(3);
    const id = await scene.memberId();
    expect(id).not.toBe(old);
    await scene.healthy();
    await scene.equal();
    expect(await new MachineEtcd(scene.lab, "cp-b").etcdctl("put", "/through-cp-b", "1")).toBe("OK");
    await scene.nothingLeft();
    for (const ledger of await scene.ledgers())
      expect(ledger).toMatchObject({ id: "bad", kind: "repair", phase: "finished" });
    const report = JSON.parse(await scene.stacks.done("stack", "output", "report"));
    expect(report).toMatchObject({ member: "cp-b", cluster: "admin", ids: { old, new: id } });
    await scene.stacks.done("up", "--yes", "--skip-preview", "--expect-no-changes");
    await scene.destroy();
    await scene.healthy();
  });

  it("leaves what it put aside until that is removed for good", async () => {
    expect(await scene.dataOfMember()).toContain("member.pre-bad");
    await scene.stacks.restoreStack("end-bad", { profile: "kubeadm", finalize: "bad" });
    await scene.stacks.done("up", "--yes", "--skip-preview");
    for (const machine of ["cp-a", "cp-b", "cp-c"] as const)
      expect(await scene.sh(machine, `ls ${data}`)).toBe("member");
  });

  it("goes on where the machine has lost its power while a seed ran there", async () => {
    await scene.damage();
    await scene.stack("power");
    const { faults } = scene.stacks;
    faults.arm("kill-after", "seed-member: *member.seed-power *");
    const killed = await scene.up();
    expect(faults.struck, killed.screen).toBe(true);
    faults.disarm();
    await scene.stacks.endProcesses();
    const manifest = "/etc/kubernetes/manifests/etcd-recovery-seed.yaml";
    const seed = JSON.parse(await scene.sh("cp-b", `cat ${manifest}`));
    expect(seed.metadata.name).toMatch(/^etcd-recovery-seed-\d+$/);
    await waitUntil(
      { what: "a seed that runs", timeoutSeconds: 60 },
      async () => (await scene.seeds()) !== "",
    );
    await scene.lab.killMachine("cp-b");
    await scene.lab.startMachine("cp-b");
    expect(await scene.sh("cp-b", `test -e ${manifest} || echo nowhere`)).toBe("nowhere");
    expect(await scene.seeds()).toBe("");
    await scene.stacks.done("cancel", "--yes");
    const run = await scene.up();
    expect(run.exitCode, run.screen).toBe(0);
    await scene.healthy();
    await scene.equal();
    await scene.nothingLeft();
  });

  it("is undone without its stack when etcd has removed the member: it says that it stays out", async () => {
    await scene.stack("out", "a test");
    await scene.stacks.killedAt(/repair-replace-member created/);
    const { exitCode, screen } = await scene.byLedger("undo", fileOf("out"));
    expect(exitCode, screen).toBe(0);
    expect(screen).toContain("never takes a removed id back: cp-b stays out");
    expect(screen).toMatch(/Done in [\d.]+ s: repair out is undone/);
    await scene.destroy();
    expect(await scene.sh("cp-b", "ls /etc/kubernetes/manifests")).toContain("etcd.yaml");
  });

  it("goes on from there under a new id, and to its end without its stack", async () => {
    await scene.stack("out-2");
    await scene.stacks.killedAt(/repair-hold-member created/);
    const { exitCode, screen } = await scene.byLedger("resume", fileOf("out-2"));
    expect(exitCode, screen).toBe(0);
    expect(screen).toMatch(/Done in [\d.]+ s: repair out-2 is finished/);
    await scene.healthy();
    await scene.equal();
    await scene.nothingLeft();
    for (const ledger of await scene.ledgers())
      expect(ledger).toMatchObject({ id: "out-2", kind: "repair", phase: "finished" });
    // its stack finds all done
    await scene.stacks.done("up", "--yes", "--skip-preview");
  });

  it("refuses where a machine cannot be reached, and without a quorum names the restore", async () => {
    await scene.stack("away");
    await scene.lab.killMachine("cp-b");
    const away = await scene.up();
    expect(away.exitCode).not.toBe(0);
    expect(away.screen).toMatch(/machine cp-b \(10\.77\.0\.22\).*: cannot be reached/);
    await scene.lab.startMachine("cp-b");
    await scene.healthy();
    await scene.damage("cp-b");
    await scene.damage("cp-c");
    const refused = await scene.up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.screen).toContain("beside cp-b, 0 of 3 members have a quorum");
    expect(refused.screen).toContain("pulumi config set --path restore.snapshot FILE");
  });
});
