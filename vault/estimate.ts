import { tiers } from "../store/retention";
import type { VaultPlan } from "./vaultPlan";
import type { VaultSettings } from "./vaultSettings";

/** snapshot, list of keys, manifest */
const OBJECTS_A_BACKUP = 3;
const DAY_MINUTES = 1440;

/** What a vault comes to, once it has been filled for as long as its policy keeps anything. */
export interface VaultEstimate {
  /** Backups that are there at the same time. */
  readonly backups: number;
  readonly objects: number;
  readonly gigabytes: number;
  /** Of them deleted ones that can be brought back. */
  readonly softDeletedGigabytes: number;
  /** Work that may be lost: from one backup to the next. */
  readonly rpoMinutes: number;
  /** What the price depends on most, the largest first. */
  readonly drivers: readonly string[];
}

/** Pure; sizes are what {@link VaultSettings.megabytes} says. */
export function estimateVault(settings: VaultSettings, { retentionSeconds }: VaultPlan): VaultEstimate {
  const { retention, everyMinutes, clusters, megabytes, softDeleteDays } = settings;
  const aDay = DAY_MINUTES / everyMinutes;
  // at most: one backup may stand for a day and a week
  const kept = tiers.reduce((sum, tier) => sum + (retention[tier] ?? 0), 0);
  // what cannot be removed yet is kept, whatever the policy says
  const immutable = Math.ceil(((retentionSeconds ?? 0) / 86_400) * aDay);
  const backups = Math.max(kept, immutable) * clusters;
  const deleted = Math.round(aDay * softDeleteDays * clusters);
  const gigabytes = (count: number) => Math.round(count * megabytes) / 1000;
  const drivers: [string, number][] = [
    [`${backups} backups that are kept (vault.retention)`, kept * clusters],
    [
      `backups that cannot be removed before ${settings.immutable?.days} days (vault.immutable)`,
      immutable * clusters - kept * clusters,
    ],
    [`deleted backups that can be brought back for ${softDeleteDays} days (vault.softDeleteDays)`, deleted],
    ["what is written: a request an object, and the network", aDay * clusters],
  ];
  return {
    backups,
    objects: backups * OBJECTS_A_BACKUP,
    gigabytes: gigabytes(backups),
    softDeletedGigabytes: gigabytes(deleted),
    rpoMinutes: everyMinutes,
    drivers: drivers
      .filter(([, weight]) => weight > 0)
      .sort(([, a], [, b]) => b - a)
      .map(([sentence]) => sentence),
  };
}
