import { type MachineReport, machineFailures } from "../machines/machineReport";

/** The file that `--report` names. */
export interface KubeadmReport extends MachineReport {
  /** The machine that lost its power in the middle of the restore. */
  readonly killed: string;
  /** After which step. */
  readonly killedAfter: string;
  /** Whether `pulumi up` ended with an error meanwhile, and then went on to the end. */
  readonly resumed: boolean;
}

/** What does not hold, a sentence each; empty when everything does. */
export function kubeadmFailures(report: KubeadmReport): string[] {
  const failures = machineFailures(report, 3);
  if (report.killed === "") failures.push("no machine was killed in the middle of the restore");
  if (!report.resumed) failures.push("the restore was not interrupted and resumed");
  return failures;
}
