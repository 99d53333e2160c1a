import { openMachineScene } from "../machines/machineScene";
import { tellStory } from "../machines/story";
import { sumUp } from "../machines/summary";
import type { Ending } from "../scenario";
import type { Scene } from "../scene";
import { type Interruption, interruptedRestore } from "./interruptedRestore";
import { type KubeadmReport, kubeadmFailures } from "./kubeadmReport";

/** Plays the loss of three machines, and of one of them once more. */
export async function play(given: Scene): Promise<Ending> {
  const scene = await openMachineScene(given, "kubeadm");
  let interruption: Interruption = { killed: "", killedAfter: "", resumed: false };
  const told = await tellStory(scene, {
    id: "three-lost",
    restore: async () => {
      const done = await interruptedRestore(scene);
      interruption = done.interruption;
      return done.updates;
    },
  });
  const report: KubeadmReport = { ...told, ...interruption };
  sumUp(scene, report);
  const holds = "one cluster of three members, with data and keys as in the backup, and nothing left";
  return { report, failures: kubeadmFailures(report), holds };
}
