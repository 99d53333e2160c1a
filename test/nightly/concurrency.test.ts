import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../lab/index";
import { MarkedCluster, type Situation } from "../faults/outcome";
import { LabStacks } from "../support/labStack";

describe("restores at the same time", () => {
  let lab: Lab;
  let first: LabStacks;
  let elsewhere: LabStacks;
  let cluster: MarkedCluster;
  let other: MarkedCluster;
  let settings: Record<string, string>;
  let found: Situation;

  const up = (stacks: LabStacks) => stacks.pulumi("up", "--yes", "--skip-preview");
  const restored = (before: Situation) => ({ ...before, objects: ["configmap/before"] });

  beforeAll(async () => {
    lab = await startLab({ name: "concurrency", workers: 1, members: 1 });
    await lab.addUserCluster({ name: "uc2" });
    [first, elsewhere] = [await LabStacks.open(lab, "uc1"), await LabStacks.open(lab, "uc2")];
    [cluster, other] = [new MarkedCluster(lab), new MarkedCluster(lab, lab.userCluster("uc2"))];
    await cluster.put("before");
    await other.put("before");
    settings = { "restore.snapshot": await first.backup(), "restore.reason": "a test" };
  }, 900_000);

  afterAll(async () => {
    for (const stacks of [first, elsewhere]) await stacks?.close();
    await lab?.down();
  });

  beforeEach(async () => {
    await cluster.remove("after");
    await cluster.put("after");
    found = await cluster.situation();
  });

  it("of two clusters, both complete", async () => {
    await other.put("after");
    const before = await other.situation();
    const snapshot = await elsewhere.backup();
    await other.put("later");
    await first.restoreStack("earlier", settings);
    await elsewhere.restoreStack("earlier", { "restore.snapshot": snapshot, "restore.reason": "a test" });
    const runs = await Promise.all([up(first), up(elsewhere)]);
    for (const { exitCode, screen } of runs) expect(exitCode, screen).toBe(0);
    expect(await cluster.situation()).toEqual(restored(found));
    expect(await other.situation()).toEqual(before);
  });
});
