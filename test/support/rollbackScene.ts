import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { type Lab, startLab } from "../../lab";
import { memberVolumePath } from "../../lab/clusters/userEtcd";
import { MarkedCluster, type Situation } from "../faults/outcome";
import { LabStacks, type PulumiRun } from "./labStack";

/** Output `report` of a roll-back, or of the removal of what a restore put aside. */
interface RollbackReport {
  readonly restoredFrom?: { readonly rollback: string; readonly member: string };
  readonly revision: string;
  readonly finalized?: string;
  readonly members: readonly {
    readonly name: string;
    readonly hashKV: string;
    readonly freedBytes: number;
  }[];
}

/** A lab whose cluster was restored by "wrong"; nothing of it is there before a test or a hook runs. */
export interface RollbackScene {
  readonly lab: Lab;
  readonly stacks: LabStacks;
  readonly cluster: MarkedCluster;
  readonly up: () => Promise<PulumiRun>;
  /** `up` that must succeed. @returns the screen */
  readonly done: () => Promise<string>;
  readonly report: () => Promise<RollbackReport>;
  /** Runs a stack of its own that must be refused, and leaves nothing of it. @returns what it said */
  readonly refused: (id: string, settings: Record<string, string>) => Promise<string>;
  /** Directory of each member's volume on this machine. */
  readonly volumes: () => string[];
  /** Names in each of them. */
  readonly directories: () => Promise<string[][]>;
  /** The cluster before the restore of the wrong snapshot: objects "before" and "after". */
  readonly found: () => Situation;
  /** The same with that snapshot's data. */
  readonly restored: () => Situation;
}

/** Starts the scene before the tests of the describe block that this is called in, and ends it after them. */
export function startRollbackScene(name: string): RollbackScene {
  let lab: Lab;
  let stacks: LabStacks;
  let cluster: MarkedCluster;
  let found: Situation;

  const restored = () => ({ ...found, objects: ["configmap/before"] });
  const up = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const done = () => stacks.done("up", "--yes", "--skip-preview");
  const volumes = () =>
    lab.userCluster().memberNodes.map((node, n) => lab.machinePath(node, memberVolumePath("uc1", n)));

  beforeAll(async () => {
    lab = await startLab({ name, workers: 1, members: 3, apiservers: 1 });
    stacks = await LabStacks.open(lab);
    cluster = new MarkedCluster(lab);
    await cluster.put("before");
    const snapshot = await stacks.backup();
    await cluster.put("after");
    found = await cluster.situation();
    await stacks.restoreStack("wrong", { "restore.snapshot": snapshot, "restore.reason": "a test" });
    await done();
    expect(await cluster.situation()).toEqual(restored());
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  return {
    get lab() {
      return lab;
    },
    get stacks() {
      return stacks;
    },
    get cluster() {
      return cluster;
    },
    up,
    done,
    report: async () => JSON.parse(await stacks.done("stack", "output", "report")),
    async refused(id, settings) {
      const before = await cluster.situation();
      await stacks.restoreStack(id, settings);
      const { exitCode, screen } = await up();
      expect(exitCode, screen).not.toBe(0);
      await stacks.done("destroy", "--yes", "--skip-preview");
      expect(await cluster.situation()).toEqual(before);
      return screen;
    },
    volumes,
    directories: () =>
      Promise.all(
        volumes().map(async (volume) => (await readdir(volume)).filter((one) => one !== "lost+found").sort()),
      ),
    found: () => found,
    restored,
  };
}
