import { describe, expect, it } from "vitest";
import { Prober } from "../../lab/demo/prober";
import { startRepairScene } from "../support/repairScene";

/**
 * A bad member is replaced while the cluster serves. One lab for all: each case but the last leaves it whole. What
 * interrupts a repair is in test/nightly/memberRepair.test.ts.
 */
describe("the repair of one member", () => {
  const scene = startRepairScene("member-repair");
  const { user, up, destroy, repairStack, otherPods, memberList, memberId, whole, failing } = scene;

  it("refuses a member that is healthy, and changes nothing", async () => {
    await repairStack();
    const before = [await otherPods(), await memberList()];
    const refused = await up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.screen).toContain("kube-etcd-1 is healthy");
    expect([await otherPods(), await memberList()]).toEqual(before);
    await destroy();
  });

  it("repairs a damaged member: writes are taken throughout, nothing else is restarted", async () => {
    await scene.lab.damage({ members: [1] });
    const [others, old] = [await otherPods(), await memberId()];
    const write = () =>
      user("patch", "configmap", "probe", "-p", JSON.stringify({ data: { at: String(performance.now()) } }));
    const prober = new Prober(
      () =>
        write().then(
          () => true,
          () => false,
        ),
      { intervalMs: 500 },
    );
    await prober.start();
    await repairStack();
    const run = await up();
    expect(run.exitCode, run.screen).toBe(0);
    const { probes, answered } = await prober.stop();
    expect(answered).toBe(probes);
    await scene.stacks.done("up", "--yes", "--expect-no-changes");
    expect(await otherPods()).toEqual(others);
    expect(await memberId()).not.toBe(old);
    await whole();
    const report = JSON.parse(await scene.stacks.done("stack", "output", "report"));
    expect(report).toMatchObject({ member: "kube-etcd-1", ids: { old, new: await memberId() } });
    await destroy();
    await whole();
  });

  it("is undone when etcd has removed the member: it says that the member stays out; a new id goes on from its empty volume", async () => {
    await scene.lab.damage({ members: [1] });
    await repairStack();
    await failing("seed-member: exec*/seeded.sh*");
    const screen = await destroy();
    expect(screen).toContain("never takes a removed id back");
    expect((await user("get", "--raw", "/readyz")).stdout).toBe("ok");

    await repairStack();
    await scene.repaired();
  });

  it("refuses without a quorum, and names the restore", async () => {
    await scene.lab.damage({ members: [1, 2] });
    await repairStack();
    const refused = await up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.screen).toContain("beside kube-etcd-1, 0 of 3 members have a quorum");
    expect(refused.screen).toContain("restore.snapshot");
  });
});
