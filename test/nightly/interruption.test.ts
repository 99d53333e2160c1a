import { describe, expect, it } from "vitest";
import { type ActFault, interruptedActs } from "../support/interruptedActs";
import { startRestoreScene } from "../support/restoreScene";

/** Ways back that test/lab/interruption.test.ts leaves out: it has the ones after the swap, of a whole restore and of half of one. */
describe("a restore that is interrupted, and goes back", () => {
  const scene = startRestoreScene({ name: "goes-back", workers: 1, members: 3, apiservers: 1 });
  const { failing, situation, previous } = scene;
  scene.forEachTest();

  it.each<[string, ActFault]>([
    ["row 18: stopping the servers", interruptedActs.stopping],
    ["row 26: the swap, after one member's", interruptedActs.swapping],
    ["row 33: starting etcd", interruptedActs.startingEtcd],
  ])(
    "fails at %s: destroy puts the previous data, replicas and budget back",
    async (_, [action, pattern, nth]) => {
      await failing(action, pattern, nth);
      await scene.stacks.done("destroy", "--yes", "--skip-preview");
      expect(await situation()).toEqual(previous());
    },
  );
});
