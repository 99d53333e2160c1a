import { UserError } from "../../../components/errors";
import type { ControlPlaneName } from "../../lab";
import { up } from "../machines/carriedOut";
import type { MachineScene } from "../machines/machineScene";
import type { KubeadmReport } from "./kubeadmReport";

export type Interruption = Pick<KubeadmReport, "killed" | "killedAfter" | "resumed">;

const killed: ControlPlaneName = "cp-b";

/** Runs `pulumi up`, takes a machine's power as soon as its data is swapped, gives it back, and runs `pulumi up` again. */
export async function interruptedRestore(scene: MachineScene): Promise<Interruption> {
  const { account, lab, stacks } = scene;
  const killedAfter = `restore-${killed}-swap`;
  let powerOff: Promise<void> | undefined;
  const first = await up(scene, (step) => {
    if (step !== killedAfter) return;
    account.quote(`         meanwhile: ${killed} loses its power`);
    powerOff = lab.killMachine(killed);
  });
  if (powerOff === undefined) throw new UserError(`pulumi up had no step ${killedAfter}:\n${first.screen}`);
  await powerOff;
  account.say(`pulumi up ended with ${first.exitCode}:`);
  account.quote(diagnosticsOf(first.screen));
  await lab.startMachine(killed);
  account.say(`${killed} has its power again; pulumi up, once more`);
  const second = await up(scene);
  if (second.exitCode !== 0) throw new UserError(`pulumi up failed:\n${second.screen.trimEnd()}`);
  await stacks.must(["stack", "output", "report"]);
  return { killed, killedAfter, resumed: first.exitCode !== 0 };
}

/** What Pulumi says at the end of an update that failed. */
export function diagnosticsOf(screen: string): string {
  const from = screen.indexOf("Diagnostics:");
  return (from < 0 ? screen : screen.slice(from)).replace(/\nResources:[\s\S]*$/, "").trimEnd();
}
