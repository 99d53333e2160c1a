import type { z } from "zod";
import { planVault } from "../../vault/vaultPlan";
import type { VaultSettings } from "../../vault/vaultSettings";
import { longestGapMinutes } from "./cronGap";
import type { Schedules } from "./schedulesSchema";

const DAY_MINUTES = 1440;

/** What contradicts each other between schedules and the vault that watches them. */
interface WatchProblem {
  /** Keys from the stack's configuration on. */
  readonly path: readonly string[];
  readonly message: string;
  readonly remedy: string;
}

/** Pure: alerts that would come for nothing, or never. */
export function watchProblems(
  { schedule, drill, watch }: Pick<Schedules, "schedule" | "drill" | "watch">,
  vault: VaultSettings,
): readonly WatchProblem[] {
  const { monitoring, objectiveMinutes } = vault;
  const path = (key: string) => ["backup", "schedules", ...key.split(".")];
  const set = (key: string, value: string) => `pulumi config set --path backup.schedules.${key} ${value}`;
  const gap = longestGapMinutes(schedule);
  const found: WatchProblem[] = [];
  const { alertAgeMinutes } = planVault(vault);
  const tooLate = lateness(gap, alertAgeMinutes, objectiveMinutes);
  if (tooLate !== undefined)
    found.push({
      path: path("schedule"),
      message: `takes a backup every ${gap} minutes, and ${tooLate.sentence}`,
      remedy: set("schedule", scheduleWithin(tooLate.minutes)),
    });
  if (monitoring === undefined) return found;
  if (watch === undefined)
    return [
      ...found,
      {
        path: path("watch"),
        message: "is needed with vault.monitoring: nobody would write what its alerts look at",
        remedy: set("watch.schedule", "'*/15 * * * *'"),
      },
    ];
  const looks = longestGapMinutes(watch.schedule);
  if (looks > ALIGNED_MINUTES || 2 * looks > monitoring.silentMinutes)
    found.push({
      path: path("watch.schedule"),
      message: `looks every ${looks} minutes: alerts need a number every hour, and two within vault.monitoring.silentMinutes (${monitoring.silentMinutes})`,
      remedy: set("watch.schedule", monitoring.silentMinutes < 30 ? "'*/5 * * * *'" : "'*/15 * * * *'"),
    });
  const { drillDays } = monitoring;
  const drills = drill === undefined ? Number.POSITIVE_INFINITY : longestGapMinutes(drill);
  if (drillDays !== undefined && drills >= drillDays * DAY_MINUTES)
    found.push({
      path: path("drill"),
      message: `${drill === undefined ? "is never held" : `is held every ${drills / DAY_MINUTES} days`}, and vault.monitoring.drillDays is ${drillDays}`,
      remedy: set("drill", "daily"),
    });
  return found;
}

/** An alert comes when a backup is overdue, not before each of them; and never is more lost than may be. */
function lateness(gap: number, alertAgeMinutes: number | undefined, objectiveMinutes: number | undefined) {
  if (alertAgeMinutes !== undefined && gap >= alertAgeMinutes)
    return { minutes: alertAgeMinutes, sentence: `the vault's alert comes at ${alertAgeMinutes}` };
  if (objectiveMinutes !== undefined && gap > objectiveMinutes)
    return { minutes: objectiveMinutes, sentence: `vault.objectiveMinutes is ${objectiveMinutes}` };
  return undefined;
}

/** A schedule that comes more often. */
function scheduleWithin(minutes: number): string {
  if (minutes > 1440) return "daily";
  if (minutes > 60) return "hourly";
  return minutes > 15 ? "'*/15 * * * *'" : "'*/2 * * * *'";
}

/** Alerts look at the newest number of an hour (vault/monitoring/conditions.ts). */
const ALIGNED_MINUTES = 60;

/** Checks what lies between `backup.schedules` and `vault`. */
export function checkWatching(
  config: {
    readonly backup?: { readonly schedules?: Schedules | undefined };
    readonly vault?: VaultSettings | undefined;
  },
  context: z.RefinementCtx,
): void {
  const { backup, vault } = config;
  if (backup?.schedules === undefined || vault === undefined) return;
  for (const { path, message, remedy } of watchProblems(backup.schedules, vault))
    context.addIssue({ code: "custom", path: [...path], message, params: { remedy } });
}
