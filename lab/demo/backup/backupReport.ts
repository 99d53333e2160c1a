import type { Lab } from "../../lab";

/** What notices that the newest backup is no longer what was stored. */
export const watchers = ["verify", "drill", "check"] as const;
export type Watcher = (typeof watchers)[number];

/** What `--report` writes. */
export interface BackupReport {
  /** `unchanged`, or what the second update did. */
  readonly secondUp: string;
  /** Complete backups that CronJobs have taken. */
  readonly scheduledBackups: number;
  /** Whether a restore stack that names `latest` has restored one of them. */
  readonly restoredFromScheduled: boolean;
  readonly drill: string;
  readonly corruptionNoticedBy: readonly Watcher[];
  readonly uploaderOverwriteRefused: boolean;
  readonly uploaderDeleteRefused: boolean;
  /** `refused`: all that was tried against the bucket was, by the Job of the stack and again by `check --probe`. */
  readonly vaultProbe: string;
  /** Whether an agent that was killed before its manifest left nothing that counts. */
  readonly killedAgentLeftNothing: boolean;
  readonly plugins: Awaited<ReturnType<Lab["plugins"]>>;
  readonly elapsedSeconds: number;
}

/** What does not hold, a sentence each. */
export function failuresOf(report: BackupReport): string[] {
  const unnoticed = watchers.filter((one) => !report.corruptionNoticedBy.includes(one));
  return [
    report.secondUp !== "unchanged" && `the second update changed something: ${report.secondUp}`,
    report.scheduledBackups < 1 && "no CronJob has taken a backup",
    !report.restoredFromScheduled && "a restore stack that names latest did not restore a scheduled backup",
    report.drill !== "passed" && `the drill ended with ${report.drill}`,
    unnoticed.length > 0 && `a corrupt backup was not noticed by ${unnoticed.join(", ")}`,
    !report.uploaderOverwriteRefused && "the uploader may overwrite",
    !report.uploaderDeleteRefused && "the uploader may delete",
    report.vaultProbe !== "refused" && `the probe of the vault ended with ${report.vaultProbe}`,
    !report.killedAgentLeftNothing && "an agent that was killed left something that counts",
  ].filter((failure) => failure !== false);
}
