import { afterAll, beforeAll, describe } from "vitest";
import { type Lab, startLab } from "../../lab/index";
import { MarkedCluster } from "../faults/outcome";
import { LabStacks } from "../support/labStack";
import { LabSteps } from "../support/labSteps";
import { privilege } from "./verification/privilege";
import type { VerificationScene } from "./verification/scene";
import { singleSteps } from "./verification/singleSteps";
import { volumeSteps } from "./verification/volumeSteps";
import { wholeRestore } from "./verification/wholeRestore";

/**
 * What is noticed between stop and end, and what is said of it. One lab for all: verification/ holds the cases, and each
 * begins where the one before has left the cluster. Rows are those of the list of faults of a restore.
 */
describe("a restore that something interferes with", () => {
  let lab: Lab;
  let stacks: LabStacks;

  beforeAll(async () => {
    lab = await startLab({ name: "verification", workers: 1, members: 1 });
    stacks = await LabStacks.open(lab, "uc1", { UTILITY_TROUBLE_SECONDS: "4", START_SECONDS: "60" });
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  const scene: VerificationScene = {
    get lab() {
      return lab;
    },
    get stacks() {
      return stacks;
    },
    get steps() {
      return new LabSteps(lab);
    },
    get cluster() {
      return new MarkedCluster(lab);
    },
    kubectl: async (...argv) => (await lab.kubectl(["-n", "uc1", ...argv])).stdout,
  };

  singleSteps(scene);
  volumeSteps(scene);
  wholeRestore(scene);
  privilege(scene);
});
