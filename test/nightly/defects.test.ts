import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../../lab/waiting";
import { interruptedActs } from "../support/interruptedActs";
import { startRestoreScene } from "../support/restoreScene";
import { PodWatch } from "./defects/podWatch";

/** Defects of whole restores that were found by reading, by their number in that list; each can be seen on a lab alone. */
describe("a restore that once went wrong", () => {
  const scene = startRestoreScene({ name: "nightly-defects", workers: 1, members: 1 });
  scene.forEachTest();
  const { complete, destroy, failing, situation, previous, restored } = scene;
  const kubectl = async (...argv: string[]) => (await scene.lab.kubectl(["-n", "uc1", ...argv])).stdout;
  const report = async () => JSON.parse(await scene.stacks.done("stack", "output", "report"));

  describe("defects 2 and 3: with a scheduler that does not start", () => {
    const command = (flags: readonly string[]) =>
      kubectl(
        ...["patch", "deployment", "kube-scheduler", "--type=json", "-p"],
        JSON.stringify([
          { op: "replace", path: "/spec/strategy", value: { type: "Recreate" } },
          { op: "replace", path: "/spec/template/spec/containers/0/command", value: flags },
        ]),
      );
    let flags: string[];

    beforeAll(async () => {
      const all = "jsonpath={.spec.template.spec.containers[0].command}";
      flags = JSON.parse(await kubectl("get", "deployment", "kube-scheduler", "-o", all));
      await command([...flags, "--no-such-flag"]);
      await waitUntil({ what: "the scheduler to crash", timeoutSeconds: 60 }, async () =>
        (await kubectl("get", "pods", "-l", "app=kube-scheduler", "-o", "json")).includes("CrashLoopBackOff"),
      );
    });
    afterAll(() => command(flags));

    it("destroy puts all back and ends with 0, up goes to its end, and no utility Pod lives when a member is made", async () => {
      const watch = await PodWatch.start(scene.lab);
      await failing(...interruptedActs.starting);
      const undone = await destroy();
      expect(undone.exitCode, undone.screen).toBe(0);
      expect(await situation()).toEqual(previous());
      const made = await watch.stop();
      // forward, and back
      expect(made.map(({ pod }) => pod)).toEqual(["kube-etcd-0", "kube-etcd-0"]);
      expect(made.flatMap(({ beside }) => beside)).toEqual([]);

      await scene.stacks.restoreStack(`${scene.id}-again`, scene.settings());
      await complete();
      expect(await situation()).toEqual(restored());
      expect((await report()).warnings).toContain("Deployment kube-scheduler: 0 of 1 ready, as it was found");
    });
  });
});
