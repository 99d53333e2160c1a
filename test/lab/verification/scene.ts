import type { Lab } from "../../../lab/lab";
import type { MarkedCluster } from "../../faults/outcome";
import type { LabStacks } from "../../support/labStack";
import type { LabSteps } from "../../support/labSteps";

/** The one lab of all cases; nothing of it is there before a test or a hook runs. */
export interface VerificationScene {
  readonly lab: Lab;
  readonly stacks: LabStacks;
  readonly steps: LabSteps;
  readonly cluster: MarkedCluster;
  /** In the user cluster's namespace. @returns standard output */
  readonly kubectl: (...argv: string[]) => Promise<string>;
}
