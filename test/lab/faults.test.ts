import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memberVolumePath } from "../../lab/clusters/userEtcd";
import { DirectSteps } from "../support/directSteps";
import { interruptedActs } from "../support/interruptedActs";
import { LabStacks } from "../support/labStack";
import { startRestoreScene } from "../support/restoreScene";

/**
 * Single faults of a whole restore, and defects that only a lab shows; rows are those of the list of faults that a
 * restore must survive. What takes long to make is in test/nightly/faults.test.ts.
 */
describe("a restore that meets a fault", () => {
  const scene = startRestoreScene({ name: "faults", workers: 1, members: 1 });
  const { up, complete, destroy, failing, killed, phase, situation, previous, restored } = scene;
  const kubectl = async (...argv: string[]) => (await scene.lab.kubectl(["-n", "uc1", ...argv])).stdout;
  scene.forEachTest();

  it("row 14: killed before the ledger is written, nothing has happened", async () => {
    await killed("kill", "guard: P* configmaps*");
    expect(await phase()).toBe("");
    expect(await situation()).toEqual(previous());
    expect((await destroy()).exitCode).toBe(0);
    expect(await situation()).toEqual(previous());
  });

  it("row 40: a part of a killed run comes late, when the undo is over: it stops nothing", async () => {
    const uid = () =>
      kubectl("get", "pod", "kube-apiserver-0", "--ignore-not-found", "-o", "jsonpath={.metadata.uid}");
    await killed("kill-late", "scale-down-apiservers: DELETE pods/kube-apiserver-0*");
    expect((await destroy()).exitCode).toBe(0);
    expect(await situation()).toEqual(previous());
    const undone = await uid();
    scene.faults.release();
    // the late call, and what the same part of the step would do next
    await sleep(5000);
    expect(await uid()).toBe(undone);
    expect(await situation()).toEqual(previous());
  });

  it("row 42: an undo that fails says what to do by hand, and goes on when it is run again", async () => {
    await failing(...interruptedActs.startingEtcd);
    scene.faults.arm("every", "undo: exec*/unswap.sh*");
    const failed = await destroy();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.screen).toContain(`rename member.pre-${scene.id} to member on each volume`);
    scene.faults.disarm();
    expect((await destroy()).exitCode).toBe(0);
    expect(await situation()).toEqual(previous());
  });

  describe("defect 1: another snapshot under the same id", () => {
    let steps: DirectSteps;
    beforeAll(async () => {
      await scene.cluster.remove("after");
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
      await failing(...interruptedActs.startingEtcd);
      const mark = ["cat", `${memberVolumePath("uc1", 0)}/.etcd-recovery/${scene.id}/staged`];
      expect((await scene.lab.onMachine("node-a", mark)).stdout).toContain(`sha256 ${sha256}`);
      const recorded = "jsonpath={.data.snapshot}";
      expect(await kubectl("get", "configmap", "etcd-recovery", "-o", recorded)).toBe(sha256);
      await snapshotIs(scene.snapshot);
      const refused = await up();
      expect(refused.exitCode, refused.screen).not.toBe(0);
      expect(refused.screen).toContain(`is of another snapshot, with SHA-256 ${sha256}`);
      expect(await phase()).toBe("started");
      await snapshotIs(path);
      await complete();
      const report = JSON.parse(await scene.stacks.done("stack", "output", "report"));
      expect(report.snapshot).toMatchObject({ sha256 });
      // what was put after it, is gone
      expect(await situation()).toEqual(previous());
    });
  });

  describe("row 1 and defect 4: two at once, of a cluster whose earlier restore is finished", () => {
    let second: LabStacks;
    beforeAll(async () => {
      second = await LabStacks.open(scene.lab, "uc1");
    });
    afterAll(() => second?.close());

    it("one is refused with holder, age and both ways out; the other completes", async () => {
      expect(await kubectl("get", "configmap", "etcd-recovery", "-o", "jsonpath={.data.phase}")).toBe(
        "finished",
      );
      await second.restoreStack("two", scene.settings());
      const runs = await Promise.all([up(), second.pulumi("up", "--yes", "--skip-preview")]);
      const screens = runs.map(({ screen }) => screen).join("\n=====\n");
      expect(runs.map(({ exitCode }) => exitCode === 0).sort(), screens).toEqual([false, true]);
      const [winner, loser] = runs[0]?.exitCode === 0 ? [scene.id, "two"] : ["two", scene.id];
      const refused = runs.find(({ exitCode }) => exitCode !== 0)?.screen ?? "";
      expect(refused).toMatch(
        new RegExp(
          `restore ${winner} of this cluster is under way since 20\\S+ \\(0 min ago; it is \\w+, started by \\S+@\\S+\\)`,
        ),
      );
      expect(refused).toMatch(
        /Finish it with 'pulumi up' on its stack, or go back with 'pulumi destroy' there/,
      );
      expect(await situation()).toEqual(restored());
      await (loser === "two" ? second : scene.stacks).done("destroy", "--yes", "--skip-preview");
      expect(await situation()).toEqual(restored());
      const own = ["get", "pods", "-l", `etcd-recovery/restore=${loser}`, "-o", "name"];
      expect(await kubectl(...own)).toBe("");
    });
  });
});
