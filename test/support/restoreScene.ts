import { afterAll, beforeAll, beforeEach } from "vitest";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import { MarkedCluster, type Situation } from "../faults/outcome";
import type { FaultyKubectl } from "./faults";
import { LabStacks, type PulumiRun } from "./labStack";

/** A lab, a backup, and for each test a new restore of it; nothing of it is there before a test or a hook runs. */
export interface RestoreScene {
  readonly lab: Lab;
  readonly stacks: LabStacks;
  readonly faults: FaultyKubectl;
  readonly cluster: MarkedCluster;
  /** Path of the snapshot, which has the object "before" alone. */
  readonly snapshot: string;
  /** Id of this test's restore; its stack is selected, and has the settings. */
  readonly id: string;
  readonly settings: () => Record<string, string>;
  readonly up: () => Promise<PulumiRun>;
  readonly destroy: () => Promise<PulumiRun>;
  /** `up` that must succeed. @returns the screen */
  readonly complete: () => Promise<string>;
  readonly situation: () => Promise<Situation>;
  /** As this test has found the cluster. */
  readonly previous: () => Situation;
  /** The same with the snapshot's data. */
  readonly restored: () => Situation;
}

/**
 * Starts the scene before the tests of the describe block that this is called in, makes each test its restore, and ends
 * all of it after them.
 *
 * @param environment of every step, given the lab
 */
export function startRestoreScene(
  options: LabOptions,
  environment: (lab: Lab) => Promise<Record<string, string>> = async () => ({}),
): RestoreScene {
  let lab: Lab;
  let stacks: LabStacks;
  let cluster: MarkedCluster;
  let snapshot: string;
  let found: Situation;
  let count = 0;

  beforeAll(async () => {
    lab = await startLab(options);
    stacks = await LabStacks.open(lab, undefined, await environment(lab));
    cluster = new MarkedCluster(lab);
    await cluster.put("before");
    snapshot = await stacks.backup();
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  beforeEach(async () => {
    stacks.faults.disarm();
    await cluster.remove("after");
    await cluster.put("after");
    found = await cluster.situation();
    count += 1;
    await stacks.restoreStack(id(), settings());
  });

  const id = () => `n${count}`;
  const settings = () => ({ "restore.snapshot": snapshot, "restore.reason": "a test" });

  return {
    get lab() {
      return lab;
    },
    get stacks() {
      return stacks;
    },
    get faults() {
      return stacks.faults;
    },
    get cluster() {
      return cluster;
    },
    get snapshot() {
      return snapshot;
    },
    get id() {
      return id();
    },
    settings,
    up: () => stacks.pulumi("up", "--yes", "--skip-preview"),
    destroy: () => stacks.pulumi("destroy", "--yes", "--skip-preview"),
    complete: () => stacks.done("up", "--yes", "--skip-preview"),
    situation: () => cluster.situation(),
    previous: () => found,
    restored: () => ({ ...found, objects: ["configmap/before"] }),
  };
}
