import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { interruptedActs } from "../support/interruptedActs";
import { startRestoreScene } from "../support/restoreScene";

/** Three members, on one machine: what is half done is done on some of them. */
describe("a restore that is interrupted", () => {
  const scene = startRestoreScene({ name: "interrupted", workers: 1, members: 3, apiservers: 1 });
  const { complete, failing, killed, phase, situation, previous, restored } = scene;
  const lostState = () => scene.stacks.done("stack", "rm", "--force", "--yes");
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
  const { stopping, swapping, starting } = interruptedActs;

  describe("and goes back", () => {
    scene.forEachTest();

    it("fails while staging: nothing existing has changed, and destroy leaves no trace", async () => {
      const run = await failing("every", "kubectl: exec*/receive.sh*", 2);
      expect(run.screen).toContain("the snapshot did not arrive whole in 3 tries");
      expect(await situation()).toEqual(previous());
      await scene.stacks.done("destroy", "--yes", "--skip-preview");
      expect(await situation()).toEqual(previous());
      expect(await leftovers()).toEqual([]);
    });

    it("row 33: fails at starting the API servers: destroy puts the previous data, replicas and budget back", async () => {
      await failing(...starting);
      await scene.stacks.done("destroy", "--yes", "--skip-preview");
      expect(await situation()).toEqual(previous());
    });

    it("row 40: the stack's state is lost after one member's swap: it goes back by `etcd-recovery undo`", async () => {
      await failing(...swapping);
      await lostState();
      const cli = resolve(__dirname, "..", "..", "bin", "etcd-recovery.js");
      const access = ["--admin-kubeconfig", scene.lab.adminKubeconfig, "--namespace", "uc1"];
      await scene.lab.run(["node", cli, "undo", "--yes", ...access]);
      expect(await situation()).toEqual(previous());
    });
  });

  describe("and goes on, again and again", () => {
    scene.forAllTests();

    it("fails while staging", async () => {
      await failing("every", "stage: exec*/stage.sh*", 2);
      expect(await phase()).toBe("open");
      expect(await situation()).toEqual(previous());
    });

    it("row 18: goes on, and fails at stopping the servers", async () => {
      await failing(...stopping);
      expect(await phase()).toBe("quiesced");
    });

    it("row 37: goes on, and is killed while the servers stop", async () => {
      await killed("kill", "scale-down-etcd: GET *pods*", 2);
      expect(await phase()).toBe("quiesced");
    });

    it("row 26: goes on, and fails at the swap, after one member's", async () => {
      await failing(...swapping);
      expect(await phase()).toBe("swapped");
    });

    it("row 26: a swap that was done all the same, with an answer that was lost; row 37: is killed just after it", async () => {
      await killed("kill-after", "swap: exec*/swap.sh*");
      expect(await phase()).toBe("swapped");
    });

    it("row 40: its stack's state is lost: goes on in a new stack with the same id; row 33: fails at starting the API servers", async () => {
      await lostState();
      await scene.stacks.restoreStack(scene.id, { "restore.snapshot": scene.snapshot });
      await failing(...starting);
      expect(await phase()).toBe("started");
    });

    it("row 33: goes on to the restored data, and nothing is left to do", async () => {
      await complete();
      expect(await situation()).toEqual(restored());
      await scene.stacks.done("up", "--yes", "--expect-no-changes");
    });
  });
});
