import { afterAll, beforeAll, beforeEach } from "vitest";
import { type Lab, type LabOptions, startLab } from "../../lab/index";
import { ledgerPhase } from "../faults/hostedRestorable";
import { MarkedCluster, type Situation } from "../faults/outcome";
import type { FaultAction, FaultProxy } from "./faults/faults";
import { LabStacks, type PulumiRun } from "./labStack";

/** A lab, a backup, and restores of it; nothing of it is there before a test or a hook runs. */
export interface RestoreScene {
  readonly lab: Lab;
  readonly stacks: LabStacks;
  readonly faults: FaultProxy;
  readonly cluster: MarkedCluster;
  /** Path of the snapshot, which has the object "before" alone. */
  readonly snapshot: string;
  /** Id of the restore; its stack is selected, and has the settings. */
  readonly id: string;
  readonly settings: () => Record<string, string>;
  /** Makes a new restore for each test of the describe block that this is called in. */
  readonly forEachTest: () => void;
  /** Makes one for all tests of the block: a story, each test begins where the one before has left it. */
  readonly forAllTests: () => void;
  readonly up: () => Promise<PulumiRun>;
  readonly destroy: () => Promise<PulumiRun>;
  /** `up` that must succeed. @returns the screen */
  readonly complete: () => Promise<string>;
  /** `up` that meets a fault, which is disarmed then. @throws Error when it succeeds, or dies, or meets none */
  readonly failing: (action: FaultAction, pattern: string, count?: number) => Promise<PulumiRun>;
  /** `up` that is killed by a fault; the stack is unlocked then. @throws Error when it ends by itself */
  readonly killed: (action: FaultAction, pattern: string, count?: number) => Promise<void>;
  readonly situation: () => Promise<Situation>;
  /** Phase of the restore's ledger; "" when it has none. */
  readonly phase: () => Promise<string>;
  /** The cluster as it was found before the restore. */
  readonly previous: () => Situation;
  /** The same with the snapshot's data. */
  readonly restored: () => Situation;
}

/**
 * Starts the scene before the tests of the describe block that this is called in, and ends it after them.
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

  const id = () => `n${count}`;
  const settings = () => ({ "restore.snapshot": snapshot, "restore.reason": "a test" });
  const begin = async () => {
    stacks.faults.disarm();
    await cluster.remove("after");
    await cluster.put("after");
    found = await cluster.situation();
    count += 1;
    await stacks.restoreStack(id(), settings());
  };
  const up = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const meet = async (action: FaultAction, pattern: string, nth: number) => {
    stacks.faults.arm(action, pattern, nth);
    const run = await up();
    const { struck } = stacks.faults;
    stacks.faults.disarm();
    if (!struck) throw new Error(`no request was like ${pattern}:\n${run.screen}`);
    return run;
  };

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
    forEachTest: () => beforeEach(begin),
    forAllTests: () => beforeAll(begin),
    up,
    destroy: () => stacks.pulumi("destroy", "--yes", "--skip-preview"),
    complete: () => stacks.done("up", "--yes", "--skip-preview"),
    async failing(action, pattern, nth = 1) {
      const run = await meet(action, pattern, nth);
      if (run.exitCode === undefined || run.exitCode === 0)
        throw new Error(`up ended with ${run.exitCode} after ${action}:\n${run.screen}`);
      return run;
    },
    async killed(action, pattern, nth = 1) {
      const run = await meet(action, pattern, nth);
      if (run.exitCode !== undefined)
        throw new Error(`up ended with ${run.exitCode} in spite of ${action}:\n${run.screen}`);
      await stacks.done("cancel", "--yes");
    },
    situation: () => cluster.situation(),
    phase: () => ledgerPhase(stacks, id()),
    previous: () => found,
    restored: () => ({ ...found, objects: ["configmap/before"] }),
  };
}
