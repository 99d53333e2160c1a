import { describe, expect, it } from "vitest";
import { waitUntil } from "../../../lab/waiting";
import { interruptedActs } from "../../support/interruptedActs";
import type { RestoreScene } from "../../support/restoreScene";

/** Faults of the cluster that take long to make, or that the random ones meet too. */
export function clusterFaults(scene: RestoreScene): void {
  describe("of the cluster", () => {
    const { up, complete, destroy, failing, killed, situation, restored } = scene;
    const losePower = async () => {
      await scene.lab.killMachine("node-a");
      await scene.lab.startMachine("node-a");
    };

    it("row 37: the node loses its power between stop and swap, and between the swap and the start", async () => {
      await failing("every", "swap: PUT configmaps/etcd-recovery *");
      await losePower();
      await waitUntil({ what: "the node to say what it lost", timeoutSeconds: 90 }, async () => {
        const pods = ["get", "pods", "-n", "uc1", "-o", "jsonpath={.items[*].status.phase}"];
        return (await scene.lab.kubectl(pods)).stdout.includes("Failed");
      });
      const swapped = await failing(...interruptedActs.startingEtcd);
      expect(swapped.screen).toContain("its utility Pod had ended; made");
      await losePower();
      await complete();
      expect(await situation()).toEqual(restored());
      await scene.stacks.done("up", "--yes", "--expect-no-changes");
    });

    it("row 40: the stack is lost when all is staged, and the cluster goes on before another begins", async () => {
      await killed("kill", "confirm: PUT configmaps/etcd-recovery *");
      await scene.stacks.done("stack", "rm", "--force", "--yes");
      // after an earlier restore's bump, every further revision makes this one's another
      await scene.cluster.remove("after");
      await scene.cluster.put("after");
      await scene.stacks.restoreStack(scene.id, scene.settings());
      await complete();
      expect(await situation()).toEqual(restored());
    });

    it("row 10: the only member crash-loops on damaged data: no reason is asked for, and a new id restores after giving up", async () => {
      const { lab, stacks, snapshot } = scene;
      await lab.damage({ members: [0] });
      await stacks.done("config", "rm", "--path", "restore.reason");
      await failing("every", "verify-etcd: exec* put *");
      // the damaged data is back, and crash-loops again
      const undone = await destroy();
      expect(undone.exitCode, undone.screen).toBe(0);
      await stacks.restoreStack(`${scene.id}-again`, { "restore.snapshot": snapshot });
      expect((await up()).exitCode).toBe(0);
      expect(await situation()).toEqual(restored());
    });
  });
}
