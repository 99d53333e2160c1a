import { tellRewritten } from "../keyReport";
import type { MachineReport } from "./machineReport";
import type { MachineScene } from "./machineScene";
import { rewrittenMachineKeys } from "./rewrittenMachineKeys";

/** Sums up, as chapter 7. */
export function sumUp({ account }: MachineScene, report: MachineReport): void {
  account.chapter("7. In short");
  account.figure("restore", `${report.restoreSeconds} s`);
  account.figure("outage", `${report.outageSeconds} s`, "from the disaster on");
  tellRewritten(account, rewrittenMachineKeys);
}
