import { afterAll, beforeEach, describe } from "vitest";
import { startRestoreScene } from "../support/restoreScene";
import { ShiftedClock } from "../support/shiftedClock";
import { clusterFaults } from "./faults/cluster";
import { workstationFaults } from "./faults/workstation";

/**
 * Single faults of a whole restore that take long; the rows are those of the list of faults that a restore must survive.
 * One lab for all of them: faults/ holds the cases.
 */
describe("a restore that meets a fault", () => {
  const clock = new ShiftedClock();
  // Ahead of the scene's own hooks: it is right before a stack is made, and is removed when the lab is down.
  beforeEach(() => clock.set(0));
  afterAll(() => clock.dispose());

  const scene = startRestoreScene({ name: "nightly-faults", workers: 1, members: 1 }, async () => ({
    ...clock.environment(),
    TRANSFER_STALL_SECONDS: "5",
  }));
  scene.forEachTest();

  clusterFaults(scene);
  workstationFaults(scene, clock);
});
