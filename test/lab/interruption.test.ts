import { resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../lab/lab";
import { MarkedCluster, type Situation } from "../faults/outcome";
import type { FaultAction } from "../support/faults";
import { LabStacks } from "../support/labStack";

describe("a restore that is interrupted", () => {
  let lab: Lab;
  let stacks: LabStacks;
  let cluster: MarkedCluster;
  let snapshot: string;
  let found: Situation;
  let count = 0;

  const situation = () => cluster.situation();
  const previous = () => found;
  const restored = () => ({ ...found, objects: ["configmap/before"] });
  const restore = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const complete = () => stacks.done("up", "--yes", "--skip-preview");
  /** Names in the volumes' directories that a restore of ours made, whichever member. */
  const leftovers = async () => {
    const pods = lab.userCluster().memberNodes.map((_, n) => `kube-etcd-${n}`);
    const lists = pods.map(async (pod) => {
      const argv = ["-n", "uc1", "exec", pod, "-c", "kube-etcd", "--", "ls", "-A", "/var/lib/etcd"];
      return (await lab.kubectl(argv)).stdout
        .split("\n")
        .filter((name) => name !== "member" && !name.startsWith("member.pre-"));
    });
    return (await Promise.all(lists)).flat();
  };

  beforeAll(async () => {
    lab = await startLab({ name: "interrupted" });
    stacks = await LabStacks.open(lab);
    cluster = new MarkedCluster(lab);
    await cluster.put("before");
    snapshot = await stacks.backup();
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  beforeEach(async () => {
    stacks.faults.disarm();
    await cluster.remove("after");
    await cluster.put("after");
    found = await situation();
    count += 1;
    await stacks.restoreStack(`n${count}`, { "restore.snapshot": snapshot, "restore.reason": "a test" });
  });

  it("fails while staging: nothing existing has changed, and destroy leaves no trace", async () => {
    stacks.faults.arm("every", "*exec*/receive.sh*", 2);
    const run = await restore();
    expect(run.exitCode).not.toBe(0);
    expect(run.screen).toContain("the snapshot did not arrive whole in 3 tries");
    expect(await situation()).toEqual(previous());
    stacks.faults.disarm();
    await stacks.done("destroy", "--yes", "--skip-preview");
    expect(await situation()).toEqual(previous());
    expect(await leftovers()).toEqual([]);
  });

  it("fails while staging: up goes on", async () => {
    stacks.faults.arm("every", "*exec*/stage.sh*", 2);
    expect((await restore()).exitCode).not.toBe(0);
    stacks.faults.disarm();
    await complete();
    expect(await situation()).toEqual(restored());
  });

  const halfWay: [string, FaultAction, string, number][] = [
    ["row 18: stopping the servers", "fail", "*scale statefulset/kube-etcd*", 1],
    ["row 26: one member's swap, which was done all the same", "fail-after", "*exec*/swap.sh*", 2],
    ["row 33: starting the API servers", "fail", "*scale statefulset/kube-apiserver --replicas=3*", 1],
  ];

  it.each(halfWay)(
    "fails at %s: destroy puts the previous data, replicas and budget back",
    async (_, action, pattern, nth) => {
      stacks.faults.arm(action, pattern, nth);
      expect((await restore()).exitCode).not.toBe(0);
      stacks.faults.disarm();
      await stacks.done("destroy", "--yes", "--skip-preview");
      expect(await situation()).toEqual(previous());
    },
  );

  it.each(halfWay)("fails at %s: up goes on", async (_, action, pattern, nth) => {
    stacks.faults.arm(action, pattern, nth);
    expect((await restore()).exitCode).not.toBe(0);
    stacks.faults.disarm();
    await complete();
    expect(await situation()).toEqual(restored());
    await stacks.done("up", "--yes", "--expect-no-changes");
  });

  it.each([
    ["just after a swap", "kill-after", "*exec*/swap.sh*", 1],
    ["while the servers stop", "kill", "*get statefulsets,pods*", 2],
  ] as const)("row 37: is killed %s: cancel and up go on", async (_, action, pattern, nth) => {
    stacks.faults.arm(action, pattern, nth);
    expect((await restore()).exitCode).toBeUndefined();
    stacks.faults.disarm();
    await stacks.done("cancel", "--yes");
    await complete();
    expect(await situation()).toEqual(restored());
  });

  describe("row 40: and whose stack's state is lost", () => {
    const interruptedAndLost = async () => {
      stacks.faults.arm("fail", "*scale statefulset/kube-etcd --replicas=3*", 1);
      expect((await restore()).exitCode).not.toBe(0);
      stacks.faults.disarm();
      await stacks.done("stack", "rm", "--force", "--yes");
    };

    it("goes on in a new stack with the same id", async () => {
      await interruptedAndLost();
      await stacks.restoreStack(`n${count}`, { "restore.snapshot": snapshot });
      await complete();
      expect(await situation()).toEqual(restored());
    });

    it("goes back by `etcd-recovery undo`", async () => {
      await interruptedAndLost();
      const cli = resolve(__dirname, "..", "..", "bin", "etcd-recovery.js");
      await lab.run(["node", cli, "undo", "--admin-kubeconfig", lab.adminKubeconfig, "--namespace", "uc1"]);
      expect(await situation()).toEqual(previous());
    });
  });
});
