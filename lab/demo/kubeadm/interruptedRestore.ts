import type { ControlPlaneName } from "../../lab";
import { upToTheEnd } from "../machines/carriedOut";
import type { MachineScene } from "../machines/machineScene";
import type { KubeadmReport } from "./kubeadmReport";

export type Interruption = Pick<KubeadmReport, "killed" | "killedAfter" | "resumed">;

const machine: ControlPlaneName = "cp-b";
const killedAfter = `restore-${machine}-swap`;

/**
 * Runs `pulumi up`, takes a machine's power as soon as its data is swapped, gives it back, and runs `pulumi up` again.
 *
 * @returns how many updates it took, and what happened
 */
export async function interruptedRestore(
  scene: MachineScene,
): Promise<{ readonly updates: number; readonly interruption: Interruption }> {
  const { account, lab } = scene;
  let powerOff: Promise<void> | undefined;
  let resumed = false;
  const updates = await upToTheEnd(scene, {
    onStep: (step) => {
      if (step !== killedAfter || powerOff !== undefined) return;
      account.quote(`         meanwhile: ${machine} loses its power`);
      powerOff = lab.killMachine(machine);
    },
    onFailed: async () => {
      if (powerOff === undefined || resumed) return;
      await powerOff;
      await lab.startMachine(machine);
      account.say(`${machine} has its power again`);
      resumed = true;
    },
  });
  const killed = powerOff === undefined ? "" : machine;
  return { updates, interruption: { killed, killedAfter, resumed } };
}
