import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memberVolumePath } from "../../lab/clusters/userEtcd";
import { ControlPlane } from "../../lab/demo/controlPlane";
import { Prober } from "../../lab/demo/prober";
import { type Lab, startLab } from "../../lab/lab";
import { LabStacks } from "../support/labStack";

/** A bad member is replaced while the cluster serves. One lab for all: each case but the last leaves it whole. */
describe("the repair of one member", () => {
  let lab: Lab;
  let stacks: LabStacks;
  let controlPlane: ControlPlane;
  let count = 0;

  /** kubectl on the user cluster, in the lab's own network. */
  const user = (...argv: string[]) => lab.userKubectl("uc1", ["--request-timeout=8s", ...argv]);
  const kubectl = async (...argv: string[]) => (await lab.kubectl(["-n", "uc1", ...argv])).stdout;
  const up = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const destroy = () => stacks.done("destroy", "--yes", "--skip-preview");
  const repairStack = () => {
    count += 1;
    return stacks.restoreStack(`r${count}`, { "restore.repair": "kube-etcd-1" });
  };
  /** Pods of the control plane other than the member's, each with its UID and restarts. */
  const otherPods = async () => {
    const pod = "{.metadata.name} {.metadata.uid} {.status.containerStatuses[*].restartCount}";
    const lines = await kubectl("get", "pods", "-o", `jsonpath={range .items[*]}${pod}{"\\n"}{end}`);
    return lines.split("\n").filter((line) => /^kube-(etcd-[02]|apiserver)/.test(line));
  };
  const memberList = async () => (await controlPlane.etcdctl(["member", "list"])).split("\n").sort();
  const memberId = async () =>
    (await memberList()).find((line) => line.includes("kube-etcd-1"))?.split(",")[0];
  const volume = (ordinal: number) =>
    lab.machinePath(lab.userCluster().memberNodes[ordinal] ?? "node-a", memberVolumePath("uc1", ordinal));
  const whole = async () => {
    await controlPlane.awaitAllReady();
    const members = await controlPlane.members();
    expect(new Set(members.map(({ hashKV }) => hashKV)).size).toBe(1);
    expect((await memberList()).filter((line) => line.includes(", started, "))).toHaveLength(3);
  };
  const repaired = async () => {
    const run = await up();
    expect(run.exitCode, run.screen).toBe(0);
    await whole();
    await destroy();
  };

  /** `up` that fails since these requests are refused, from the given one on. */
  const failing = async (pattern: string, nth = 1) => {
    stacks.faults.arm("every", pattern, nth);
    const run = await up();
    stacks.faults.disarm();
    expect(run.exitCode, run.screen).not.toBe(0);
  };

  beforeAll(async () => {
    lab = await startLab({ name: "member-repair", workers: 1, members: 3, apiservers: 1 });
    stacks = await LabStacks.open(lab);
    controlPlane = new ControlPlane(lab, lab.userCluster());
    await user("create", "configmap", "probe");
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

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
    await lab.damage({ members: [1] });
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
    await stacks.done("up", "--yes", "--expect-no-changes");
    expect(await otherPods()).toEqual(others);
    expect(await memberId()).not.toBe(old);
    await whole();
    const report = JSON.parse(await stacks.done("stack", "output", "report"));
    expect(report).toMatchObject({ member: "kube-etcd-1", ids: { old, new: await memberId() } });
    await destroy();
    await whole();
  });

  it("repairs a member whose volume is empty", async () => {
    await rm(join(volume(1), "member"), { recursive: true });
    await lab.kubectl(["-n", "uc1", "delete", "pod", "kube-etcd-1", "--grace-period=1"]);
    await repairStack();
    await repaired();
  });

  describe("is killed again and again: cancel and up go on", () => {
    const killed = async (pattern: string) => {
      stacks.faults.arm("kill-after", pattern);
      expect((await up()).exitCode).toBeUndefined();
      stacks.faults.disarm();
      await stacks.done("cancel", "--yes");
    };

    beforeAll(async () => {
      await lab.damage({ members: [1] });
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

  it("is undone before etcd has removed the member: its previous data is back; then after that: it says that the member stays out, and a new id goes on", async () => {
    await lab.damage({ members: [1] });
    const before = await memberList();
    await repairStack();
    await failing("hold-member: exec*/hold.sh*", 2);
    await destroy();
    expect(await memberList()).toEqual(before);

    await repairStack();
    await failing("seed-member: exec*/seeded.sh*");
    const screen = await destroy();
    expect(screen).toContain("never takes a removed id back");
    expect((await user("get", "--raw", "/readyz")).stdout).toBe("ok");

    await repairStack();
    await repaired();
  });

  it("is finished from the ledger alone when its stack's state is lost", async () => {
    await lab.damage({ members: [1] });
    await repairStack();
    await failing("seed-member: exec*/seeded.sh*");
    await stacks.done("stack", "rm", "--force", "--yes");
    const cli = resolve(__dirname, "..", "..", "bin", "etcd-recovery.js");
    await lab.run(["node", cli, "resume", "--admin-kubeconfig", lab.adminKubeconfig, "--namespace", "uc1"]);
    await whole();
  });

  it("refuses without a quorum, and names the restore", async () => {
    await lab.damage({ members: [1, 2] });
    await repairStack();
    const refused = await up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.screen).toContain("beside kube-etcd-1, 0 of 3 members have a quorum");
    expect(refused.screen).toContain("restore.snapshot");
  });
});
