import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { FaultAction } from "../support/faults";
import { startRestoreScene } from "../support/restoreScene";

describe("a restore that is interrupted", () => {
  const scene = startRestoreScene({ name: "interrupted" });
  const { up, complete, situation, previous, restored } = scene;
  /** Names in the volumes' directories that a restore of ours made, whichever member. */
  const leftovers = async () => {
    const pods = scene.lab.userCluster().memberNodes.map((_, n) => `kube-etcd-${n}`);
    const lists = pods.map(async (pod) => {
      const argv = ["-n", "uc1", "exec", pod, "-c", "kube-etcd", "--", "ls", "-A", "/var/lib/etcd"];
      return (await scene.lab.kubectl(argv)).stdout
        .split("\n")
        .filter((name) => name !== "member" && !name.startsWith("member.pre-"));
    });
    return (await Promise.all(lists)).flat();
  };

  it("fails while staging: nothing existing has changed, and destroy leaves no trace", async () => {
    scene.faults.arm("every", "*exec*/receive.sh*", 2);
    const run = await up();
    expect(run.exitCode).not.toBe(0);
    expect(run.screen).toContain("the snapshot did not arrive whole in 3 tries");
    expect(await situation()).toEqual(previous());
    scene.faults.disarm();
    await scene.stacks.done("destroy", "--yes", "--skip-preview");
    expect(await situation()).toEqual(previous());
    expect(await leftovers()).toEqual([]);
  });

  it("fails while staging: up goes on", async () => {
    scene.faults.arm("every", "*exec*/stage.sh*", 2);
    expect((await up()).exitCode).not.toBe(0);
    scene.faults.disarm();
    await complete();
    expect(await situation()).toEqual(restored());
  });

  const halfWay: [string, FaultAction, string, number][] = [
    ["row 18: stopping the servers", "fail", "*patch statefulset/kube-etcd --subresource=scale*", 1],
    ["row 26: one member's swap, which was done all the same", "fail-after", "*exec*/swap.sh*", 2],
    ["row 33: starting the API servers", "fail", "*scale statefulset/kube-apiserver --replicas=3*", 1],
  ];

  it.each(halfWay)(
    "fails at %s: destroy puts the previous data, replicas and budget back",
    async (_, action, pattern, nth) => {
      scene.faults.arm(action, pattern, nth);
      expect((await up()).exitCode).not.toBe(0);
      scene.faults.disarm();
      await scene.stacks.done("destroy", "--yes", "--skip-preview");
      expect(await situation()).toEqual(previous());
    },
  );

  it.each(halfWay)("fails at %s: up goes on", async (_, action, pattern, nth) => {
    scene.faults.arm(action, pattern, nth);
    expect((await up()).exitCode).not.toBe(0);
    scene.faults.disarm();
    await complete();
    expect(await situation()).toEqual(restored());
    await scene.stacks.done("up", "--yes", "--expect-no-changes");
  });

  it.each([
    ["just after a swap", "kill-after", "*exec*/swap.sh*", 1],
    ["while the servers stop", "kill", "*get statefulsets,pods*", 2],
  ] as const)("row 37: is killed %s: cancel and up go on", async (_, action, pattern, nth) => {
    scene.faults.arm(action, pattern, nth);
    expect((await up()).exitCode).toBeUndefined();
    scene.faults.disarm();
    await scene.stacks.done("cancel", "--yes");
    await complete();
    expect(await situation()).toEqual(restored());
  });

  describe("row 40: and whose stack's state is lost", () => {
    const interruptedAndLost = async () => {
      scene.faults.arm("fail", "*scale statefulset/kube-etcd --replicas=3*", 1);
      expect((await up()).exitCode).not.toBe(0);
      scene.faults.disarm();
      await scene.stacks.done("stack", "rm", "--force", "--yes");
    };

    it("goes on in a new stack with the same id", async () => {
      await interruptedAndLost();
      await scene.stacks.restoreStack(scene.id, { "restore.snapshot": scene.snapshot });
      await complete();
      expect(await situation()).toEqual(restored());
    });

    it("goes back by `etcd-recovery undo`", async () => {
      await interruptedAndLost();
      const cli = resolve(__dirname, "..", "..", "bin", "etcd-recovery.js");
      const access = ["--admin-kubeconfig", scene.lab.adminKubeconfig, "--namespace", "uc1"];
      await scene.lab.run(["node", cli, "undo", ...access]);
      expect(await situation()).toEqual(previous());
    });
  });
});
