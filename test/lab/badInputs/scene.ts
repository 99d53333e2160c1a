import { afterAll, beforeAll, expect } from "vitest";
import type { SnapshotFacts } from "../../../components/admission/snapshotFacts";
import { type Lab, startLab } from "../../../lab/index";
import { DirectSteps, type StepRun } from "../../support/directSteps";
import { standIns } from "./standIns";

/** The one lab of all bad inputs; nothing of it is there before a test or a hook runs. */
export interface Scene {
  readonly lab: Lab;
  readonly steps: DirectSteps;
  /** The snapshot with values encrypted by these keys, each as PROVIDER:NAME. */
  encrypted(...keys: string[]): SnapshotFacts;
  /** Expects a refusal with its sentence and, as the last line, its remedy; and the cluster as it was. */
  refused(run: StepRun, code: 1 | 2 | 3, sentence: RegExp, remedy: RegExp): Promise<void>;
  /** Expects the cluster as it was before the first test. */
  unchanged(): Promise<void>;
}

/** Starts the scene's lab before the tests of the describe block that this is called in, and ends it after them. */
export function startScene(): Scene {
  let lab: Lab;
  let steps: DirectSteps;
  let before: Awaited<ReturnType<DirectSteps["state"]>>;

  beforeAll(async () => {
    lab = await startLab({ name: "bad-inputs", workers: 1, members: 1, pdb: false });
    steps = await DirectSteps.open(lab);
    await steps.kubectl(["apply", "-f", "-"], standIns);
    before = await steps.state();
  }, 900_000);

  afterAll(async () => {
    await steps?.close();
    await lab?.down();
  });

  const unchanged = async () => {
    const { revision, ...after } = await steps.state();
    const { revision: found, ...rest } = before;
    expect(after).toEqual(rest);
    expect(revision - found).toBeLessThan(10_000);
  };

  return {
    get lab() {
      return lab;
    },
    get steps() {
      return steps;
    },
    encrypted(...keys) {
      const encryption = keys.map((key) => {
        const [provider = "", keyName = ""] = key.split(":");
        return { provider, keyName };
      });
      return { ...steps.snapshot, encryption };
    },
    async refused(run, code, sentence, remedy) {
      expect(run.stderr).toMatch(sentence);
      const lines = run.stderr.trimEnd().split("\n");
      expect(lines.at(-1), run.stderr).toMatch(/^ {2}\S/);
      expect(lines.at(-1)).toMatch(remedy);
      expect(run.stderr).not.toMatch(/^\s+at |panic|goroutine/m);
      expect(run.code).toBe(code);
      await unchanged();
    },
    unchanged,
  };
}
