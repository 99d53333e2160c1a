import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { actNames, previous, restored, restoredRevision, StagedScene, shortWaits } from "./stagedScene";

shortWaits();

/** What changes something, of all that was asked. */
const effects = (scene: StagedScene) =>
  scene.substrate.calls.of(
    /^(ledger.write|budget.(remove|restore)|workloads.(stop|start) |volumes.(run|release)|userApi.releaseLease)/,
  );

describe("a restore from the last look to its end", () => {
  it("makes its effects in the order of the table", async () => {
    const scene = new StagedScene({ phase: "open", found: undefined, cluster: undefined });
    await scene.runTo("release");
    expect(scene.situation()).toEqual(restored);
    expect(effects(scene)).toEqual([
      "volumes.run kube-etcd-0 staged",
      "volumes.run kube-etcd-1 staged",
      "volumes.run kube-etcd-2 staged",
      "ledger.write staged",
      "ledger.write staged",
      "ledger.write quiesced",
      "workloads.stop Deployment/kube-controller-manager",
      "workloads.stop Deployment/kube-scheduler",
      "budget.remove",
      "workloads.stop Deployment/etcd-defrag",
      // Both parts set one mark; the second finds it set.
      "ledger.write quiesced",
      "workloads.stop StatefulSet/kube-apiserver",
      "workloads.stop StatefulSet/kube-etcd",
      "ledger.write swapped",
      "volumes.run kube-etcd-0 swap",
      "volumes.run kube-etcd-1 swap",
      "volumes.run kube-etcd-2 swap",
      "volumes.release kube-etcd-0,kube-etcd-1,kube-etcd-2",
      "ledger.write started",
      "workloads.start StatefulSet/kube-etcd",
      "ledger.write started",
      "workloads.start StatefulSet/kube-apiserver",
      "ledger.write committed",
      "userApi.releaseLease kube-controller-manager",
      "userApi.releaseLease kube-scheduler",
      "workloads.start Deployment/kube-controller-manager",
      "workloads.start Deployment/kube-scheduler",
      "workloads.start Deployment/etcd-defrag",
      "budget.restore",
      "volumes.release kube-etcd-0,kube-etcd-1,kube-etcd-2",
      "ledger.write finished",
    ]);
  });

  it("says what the report needs", async () => {
    const scene = new StagedScene();
    scene.substrate.workloads.others = [];
    await scene.runTo("scale-up-etcd");
    expect(await scene.run("verify-etcd")).toEqual({
      revision: String(restoredRevision + 2n),
      members: ["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"].map((name) => ({
        ...{ name, hashKV: "77", revision: String(restoredRevision + 2n) },
      })),
      warnings: [],
    });
    expect(await scene.run("scale-up-apiservers")).toEqual({ warnings: [] });
  });

  it("does nothing once it is finished, whichever act is run again", async () => {
    const scene = new StagedScene();
    await scene.runTo("release");
    scene.substrate.calls.all.length = 0;
    for (const name of actNames) expect(await scene.run(name)).toBeUndefined();
    await scene.undo();
    expect(effects(scene)).toEqual([]);
    expect(scene.lines.at(-1)).toBe("restore r1 is finished: nothing to undo");
  });

  it("does nothing to the ledger of another restore", async () => {
    const scene = new StagedScene({ id: "other" });
    await scene.undo();
    expect(scene.lines).toEqual([
      `the ledger is of restore other (it is ${scene.phase}), not of restore r1: nothing to undo`,
    ]);
    await expect(scene.run("swap")).rejects.toThrow("belongs to restore other, not r1");
    expect(effects(scene)).toEqual([]);
  });
});

/** The run that a call belongs to, so that nothing of a killed one goes on. */
const runs = new AsyncLocalStorage<{ made: number }>();

/** Runs it until it makes its n-th call: that one is not carried out, and nothing after it. */
async function killedAt(scene: StagedScene, n: number, work: (scene: StagedScene) => Promise<void>) {
  const killed = new Promise<void>((resolve) => {
    scene.substrate.calls.before(/./, () => {
      const run = runs.getStore();
      if (run === undefined) return undefined;
      run.made += 1;
      if (run.made < n) return undefined;
      resolve();
      return new Promise(() => {});
    });
  });
  await Promise.race([killed, runs.run({ made: 0 }, () => work(scene))]);
}

/** How many calls a whole run makes. */
async function callsOf(work: (scene: StagedScene) => Promise<void>, of = new StagedScene()): Promise<number> {
  const before = of.substrate.calls.all.length;
  await work(of);
  return of.substrate.calls.all.length - before;
}

describe("killed at every call", () => {
  const forward = (scene: StagedScene) => scene.runTo("release");

  it("the restore goes on when it is run again", { timeout: 60_000 }, async () => {
    const calls = await callsOf(forward);
    expect(calls).toBeGreaterThan(50);
    for (let n = 1; n <= calls; n += 1) {
      const scene = new StagedScene();
      await killedAt(scene, n, forward);
      await forward(scene);
      expect(scene.situation(), `killed at call ${n}`).toEqual(restored);
    }
  });

  it("the way back puts all back, or finishes what was committed", { timeout: 60_000 }, async () => {
    const calls = await callsOf(forward);
    for (let n = 1; n <= calls; n += 1) {
      const scene = new StagedScene();
      await killedAt(scene, n, forward);
      const committed = ["committed", "finished"].includes(scene.phase);
      await scene.undo();
      expect(scene.situation(), `killed at call ${n}`).toEqual(committed ? restored : previous);
    }
  });

  it.each(["stop-controllers", "scale-down-etcd", "swap", "scale-up-apiservers"] as const)(
    "the way back from %s goes on when it is run again",
    { timeout: 60_000 },
    async (last) => {
      const begun = async () => {
        const scene = new StagedScene();
        await scene.runTo(last);
        return scene;
      };
      const calls = await callsOf((scene) => scene.undo(), await begun());
      expect(calls).toBeGreaterThan(10);
      for (let n = 1; n <= calls; n += 1) {
        const scene = await begun();
        await killedAt(scene, n, (of) => of.undo());
        await scene.undo();
        expect(scene.situation(), `killed at call ${n}`).toEqual(previous);
      }
    },
  );
});
