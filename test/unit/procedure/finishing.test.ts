import { describe, expect, it } from "vitest";
import { fakeContext } from "../../support/fakeSubstrate";
import { acts, StagedScene, shortWaits } from "./stagedScene";

shortWaits();

const SCHEDULER = "Deployment/kube-scheduler";
const APISERVER = "StatefulSet/kube-apiserver";

describe("what is put back at the end", () => {
  it("row 35: a budget that is not as it was found is named", async () => {
    const scene = new StagedScene();
    await scene.runTo("commit");
    scene.substrate.fakeBudget.live = '{"minAvailable":0}';
    await expect(scene.run("restore-pdb")).rejects.toThrow(
      `it is {"minAvailable":0}. remove the budget; 'pulumi up' puts back the recorded one.`,
    );
    scene.substrate.fakeBudget.live = "";
    expect(await scene.run("restore-pdb")).toEqual({ warnings: [] });
    expect(scene.situation().budget).toBe('{"minAvailable":1}');
  });

  it("a budget that somebody else made is reported and stays", async () => {
    const scene = new StagedScene({}, ({ fakeBudget }) => {
      fakeBudget.live = "";
    });
    await scene.runTo("commit");
    scene.substrate.fakeBudget.live = "theirs";
    expect(await scene.run("restore-pdb")).toEqual({
      warnings: ["a PodDisruptionBudget was made by somebody else during the restore"],
    });
    expect(scene.situation().budget).toBe("theirs");
  });

  it("a substrate without budgets has none to put back", async () => {
    const scene = new StagedScene({}, (substrate) => {
      substrate.budget = undefined;
    });
    await scene.runTo("release");
    expect(scene.phase).toBe("finished");
  });

  it("maintenance that does not come up fails", async () => {
    const scene = new StagedScene();
    await scene.runTo("start-controllers");
    scene.substrate.workloads.workload("Deployment/etcd-defrag").healthy = 0;
    await expect(scene.run("scale-up-maintenance")).rejects.toThrow(
      "the maintenance of etcd does not run (why: above): Deployment etcd-defrag: 0 of 1 ready",
    );
  });
});

describe("release", () => {
  it("compares the numbers with what was found, and closes nothing while they differ", async () => {
    const scene = new StagedScene();
    await scene.runTo("restore-pdb");
    scene.substrate.workloads.workload(APISERVER).wanted = 2;
    await expect(scene.run("release")).rejects.toThrow(
      "StatefulSet kube-apiserver has 2 replicas, the ledger says 3. scale StatefulSet/kube-apiserver to 3",
    );
    expect(scene.phase).toBe("committed");
  });

  it.each([
    [
      "more than were found",
      SCHEDULER,
      2,
      undefined,
      "has 2 replicas, the ledger says 1: it was scaled since",
    ],
    ["fewer, by an autoscaler", APISERVER, 2, true, "has 2 replicas, the ledger says 3: it was scaled since"],
    ["none, by an autoscaler", SCHEDULER, 0, true, undefined],
    ["more members", "StatefulSet/kube-etcd", 5, undefined, undefined],
  ])("%s: who scales it is not fought with, members are as many as were found", async (...row) => {
    const [, name, wanted, autoscaled, said] = row;
    const scene = new StagedScene();
    await scene.runTo("restore-pdb");
    Object.assign(scene.substrate.workloads.workload(name), { wanted, autoscaled });
    if (said === undefined) await expect(scene.run("release")).rejects.toThrow("replicas, the ledger says");
    else expect(await scene.run("release")).toEqual({ warnings: [expect.stringContaining(said)] });
    expect(scene.phase).toBe(said === undefined ? "committed" : "finished");
  });

  it("row 36: what cannot be removed fails it, and the next run looks again", async () => {
    const scene = new StagedScene();
    await scene.runTo("restore-pdb");
    const { calls } = scene.substrate;
    let stuck = true;
    calls.before(/volumes.clean/, () => {
      if (stuck) throw new Error("these of its helpers are left: Pod/stuck");
    });
    await expect(scene.run("release")).rejects.toThrow("these of its helpers are left: Pod/stuck");
    expect(scene.phase).toBe("committed");
    stuck = false;
    await scene.run("release");
    expect(scene.phase).toBe("finished");
  });

  it("marks a volume as over that something still holds, and reports left-overs of others", async () => {
    const scene = new StagedScene();
    await scene.runTo("restore-pdb");
    const { volumes, calls } = scene.substrate;
    volumes.holding.add("kube-etcd-1");
    volumes.clean = async (own) => calls.make(`clean ${own}`, () => ["objects of other restores are there"]);
    const result = await acts.release(fakeContext(scene.substrate, { own: ["Pod/a"] }));
    expect(result).toEqual({ warnings: ["objects of other restores are there"] });
    expect(calls.of(/ release$/)).toEqual(["volumes.run kube-etcd-1 release"]);
    expect(calls.of(/^clean/)).toEqual(["clean Pod/a"]);
    expect(scene.situation().held).toEqual([]);
  });

  it("of a removal needs no ledger", async () => {
    const scene = new StagedScene();
    scene.substrate.ledger.set(undefined);
    await acts.release(fakeContext(scene.substrate, { operation: "finalize" }));
    expect(scene.situation().held).toEqual([]);
    expect(scene.substrate.ledger.fields).toEqual({});
  });
});
