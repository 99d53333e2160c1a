import { upToTheEnd } from "../machines/carriedOut";
import { machineFailures } from "../machines/machineReport";
import { openMachineScene } from "../machines/machineScene";
import { tellStory } from "../machines/story";
import { sumUp } from "../machines/summary";
import type { Ending } from "../scenario";
import type { Scene } from "../scene";

/** Plays the loss of the admin cluster's machine. */
export async function play(given: Scene): Promise<Ending> {
  const scene = await openMachineScene(given, "gdc-admin");
  const report = await tellStory(scene, { id: "admin-lost", restore: upToTheEnd });
  sumUp(scene, report);
  const holds = "data and keys are as in the backup, and nothing else was left or disturbed";
  return { report, failures: machineFailures(report, scene.machines.length), holds };
}
