import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../lab/index";
import { MachineEtcd } from "../support/machineEtcd";
import { NodesStacks } from "../support/nodesStack";

/** One story on one lab: keys that a restore replaced come back with the data that it replaced. */
describe("a roll-back of the admin control plane with its keys", () => {
  let lab: Lab;
  let stacks: NodesStacks;
  let etcd: MachineEtcd;
  /** Of keys and kubeconfigs, as the backup has them, and as they were before the restore. */
  let [ofBackup, since] = ["", ""];
  const profile = "gdc-admin" as const;
  const onAdmin = async (...argv: string[]) => (await lab.onMachine("admin-cp", argv)).stdout;
  const script = (text: string) => onAdmin("sh", "-c", `cd /etc/kubernetes; ${text}`);
  /** Modes, owners, times of files and contents. */
  const keys = () =>
    script(
      'set -- pki admin.conf controller-manager.conf; find "$@" -printf "%p %m %U:%G %l\\n" -type f -printf "%p %Ts\\n" | sort; find "$@" -type f -exec sha256sum {} + | sort',
    );
  const back = { profile, rollback: "done", pki: { previous: true as const } };

  beforeAll(async () => {
    lab = await startLab({ name: "machines-keys", workers: 1 });
    stacks = await NodesStacks.open(lab);
    etcd = new MachineEtcd(lab, "admin-cp");
    const identity = await generateIdentity();
    const identityFile = join(stacks.directory, "identity.age");
    writeFileSync(identityFile, identity, { mode: 0o600 });
    await etcd.write("before");
    const { snapshot } = await stacks.backup(profile, await identityToRecipient(identity));
    ofBackup = await keys();
    await etcd.write("after");
    await script(
      "echo since > pki/since; chmod 640 pki/since; chown 1000:1000 pki/since; echo '# since' >> admin.conf",
    );
    since = await keys();
    await stacks.restoreStack("done", { profile, snapshot, identityFile, pki: { identity } });
    await stacks.done("up", "--yes", "--skip-preview");
  }, 1_200_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("is undone in its outage: keys and data are those of the restore", async () => {
    expect(await keys()).toBe(ofBackup);
    await stacks.restoreStack("given-up", back);
    expect(await stacks.done("preview")).not.toContain("they stay as they are");
    await stacks.killedAt(/restore-scale-up-etcd created/);
    expect(await keys()).toBe(since);
    const destroyed = await stacks.done("destroy", "--yes", "--skip-preview");
    expect(destroyed).toContain("previous keys and certificates back on every member");
    expect(await keys()).toBe(ofBackup);
    expect(await etcd.configMaps()).toEqual(["configmap/before"]);
  });

  it("that was killed goes on by the next up, and brings both back", async () => {
    await stacks.restoreStack("back", back);
    await stacks.killedAt(/restore-scale-up-etcd created/);
    await stacks.done("up", "--yes", "--skip-preview");
    expect(await keys()).toBe(since);
    expect(await etcd.configMaps()).toEqual(["configmap/after", "configmap/before"]);
    const report = JSON.parse(await stacks.done("stack", "output", "report"));
    expect(report).toMatchObject({ restoredFrom: { rollback: "done" }, warnings: [] });
    expect(await stacks.done("stack", "export")).not.toMatch(/PRIVATE KEY/);
    await stacks.done("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("leaves nothing of any when all are finalized", async () => {
    for (const id of ["done", "given-up", "back"]) {
      await stacks.restoreStack(`end-${id}`, { profile, finalize: id });
      await stacks.done("up", "--yes", "--skip-preview");
    }
    expect(await script("ls -A etcd-recovery")).not.toContain("pki");
    expect(await onAdmin("ls", "-A", "/var/lib/kubelet")).not.toContain(".etcd-recovery");
    expect(await keys()).toBe(since);
  });
});
