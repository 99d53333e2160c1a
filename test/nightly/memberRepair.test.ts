import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { startRepairScene } from "../support/repairScene";

/** Repairs of other bad members, and what interrupts one. One lab for all: each case leaves it whole. */
describe("the repair of one member", () => {
  const scene = startRepairScene("nightly-repair");
  const { up, destroy, repairStack, repaired, memberList, volume, whole, failing } = scene;

  it("repairs a member whose volume is empty", async () => {
    await rm(join(volume(1), "member"), { recursive: true });
    await scene.lab.kubectl(["-n", "uc1", "delete", "pod", "kube-etcd-1", "--grace-period=1"]);
    await repairStack();
    await repaired();
  });

  describe("is killed again and again: cancel and up go on", () => {
    const killed = async (pattern: string) => {
      scene.stacks.faults.arm("kill-after", pattern);
      expect((await up()).exitCode).toBeUndefined();
      scene.stacks.faults.disarm();
      await scene.stacks.done("cancel", "--yes");
    };

    beforeAll(async () => {
      await scene.lab.damage({ members: [1] });
      await repairStack();
    });

    it.each([
      ["after the member's data was held", "hold-member: exec*/hold.sh*"],
      ["after etcd has removed the member", "replace-member: exec*member remove*"],
      ["while the seed runs", "seed-member: PUT pods/kube-etcd-1/ephemeralcontainers*"],
      ["after the new data was put in place", "adopt-member: exec*/adopt.sh*"],
    ])("%s", (_, pattern) => killed(pattern));

    it("and is repaired", repaired);
  });

  it("is undone before etcd has removed the member: its previous data is back; a new id goes on", async () => {
    await scene.lab.damage({ members: [1] });
    const before = await memberList();
    await repairStack();
    await failing("hold-member: exec*/hold.sh*", 2);
    await destroy();
    expect(await memberList()).toEqual(before);

    await repairStack();
    await repaired();
  });

  it("is finished from the ledger alone when its stack's state is lost", async () => {
    await scene.lab.damage({ members: [1] });
    await repairStack();
    await failing("seed-member: exec*/seeded.sh*");
    await scene.stacks.done("stack", "rm", "--force", "--yes");
    const cli = resolve(__dirname, "..", "..", "bin", "etcd-recovery.js");
    await scene.lab.run([
      "node",
      cli,
      "resume",
      "--yes",
      "--admin-kubeconfig",
      scene.lab.adminKubeconfig,
      "--namespace",
      "uc1",
    ]);
    await whole();
  });
});
