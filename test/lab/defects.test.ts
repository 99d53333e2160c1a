import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memberVolumePath } from "../../lab/clusters/userEtcd";
import { waitUntil } from "../../lab/waiting";
import { DirectSteps } from "../support/directSteps";
import { startRestoreScene } from "../support/restoreScene";
import { PodWatch } from "./defects/podWatch";

/** Defects of whole restores that were found by reading, by their number in that list; each can be seen on a lab alone. */
describe("a restore that once went wrong", () => {
  const scene = startRestoreScene({ name: "defects", workers: 1, members: 1 });
  scene.forEachTest();
  const { up, complete, destroy, failing, phase, situation, previous, restored } = scene;
  const startOfEtcd = "scale-up-etcd: PATCH statefulsets/kube-etcd/scale*";
  const kubectl = async (...argv: string[]) => (await scene.lab.kubectl(["-n", "uc1", ...argv])).stdout;
  const report = async () => JSON.parse(await scene.stacks.done("stack", "output", "report"));

  describe("defect 1: another snapshot under the same id", () => {
    let steps: DirectSteps;
    beforeAll(async () => {
      await scene.cluster.put("after");
      steps = await DirectSteps.open(scene.lab);
    });
    afterAll(() => steps?.close());

    it("after a failed stage is staged anew, and after the last look is refused", async () => {
      const { path, sha256 } = steps.snapshot;
      const snapshotIs = (file: string) =>
        scene.stacks.done("config", "set", "--path", "restore.snapshot", file);
      await failing("every", "stage: exec*/stage.sh*");
      await snapshotIs(path);
      await scene.cluster.put("later");
      await failing("every", startOfEtcd);
      const volume = memberVolumePath("uc1", 0);
      const mark = ["cat", `${volume}/.etcd-recovery/${scene.id}/staged`];
      expect((await scene.lab.onMachine("node-a", mark)).stdout).toContain(`sha256 ${sha256}`);
      expect(await kubectl("get", "configmap", "etcd-recovery", "-o", "jsonpath={.data.snapshot}")).toBe(
        sha256,
      );
      await snapshotIs(scene.snapshot);
      const refused = await up();
      expect(refused.exitCode, refused.screen).not.toBe(0);
      expect(refused.screen).toContain(`is of another snapshot, with SHA-256 ${sha256}`);
      expect(await phase()).toBe("started");
      await snapshotIs(path);
      await complete();
      expect((await report()).snapshot).toMatchObject({ sha256 });
      // what was put after it, is gone
      expect(await situation()).toEqual(previous());
    });
  });

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
      await failing("every", "scale-up-apiservers: PATCH statefulsets/kube-apiserver/scale*");
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
