import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { startRestoreScene } from "../support/restoreScene";
import { ShiftedClock } from "../support/shiftedClock";

/** Row 39 of the list of faults, longer than test/lab has it: from the first step to the last with a wrong clock. */
describe("a restore from a workstation whose clock is wrong", () => {
  const clock = new ShiftedClock();
  beforeEach(() => clock.set(0));
  afterAll(() => clock.dispose());
  const scene = startRestoreScene({ name: "clock", workers: 1, members: 1 }, async () => clock.environment());
  scene.forEachTest();

  it.each([3, -3])("row 39: by %i days", async (days) => {
    clock.set(days);
    await scene.complete();
    expect(await scene.situation()).toEqual(scene.restored());
    const get = ["-n", "uc1", "get", "configmap", "etcd-recovery", "-o", "jsonpath={.data.finished}"];
    const off = Date.parse((await scene.lab.kubectl(get)).stdout) - Date.now();
    expect(Math.round(off / (24 * 60 * 60 * 1000))).toBe(days);
  });
});
