import { longestAgeDays } from "../store/retention";
import type { VaultSettings } from "./vaultSettings";

const DAY = 86_400;

/** A rule of the bucket: what happens to an object from an age on. */
export interface AgeRule {
  readonly ageDays: number;
  /** Undefined: it is deleted. */
  readonly storageClass?: string;
}

/** What is declared of a vault, worked out. */
export interface VaultPlan {
  readonly longestAgeDays: number;
  readonly deleteAfterDays: number;
  readonly rules: readonly AgeRule[];
  readonly softDeleteSeconds: number;
  /** Undefined: objects are not immutable. */
  readonly retentionSeconds?: number;
  readonly keyLocation: string;
  /** Age of the newest verified backup from which on there is an alert; undefined without `monitoring`. */
  readonly alertAgeMinutes?: number;
}

/**
 * The pruner deletes; the bucket's rule is for the day on which nobody prunes any longer. It knows ages alone, not the last
 * good backup of a cluster whose backups have stopped: that one has a year at least.
 */
const LEAST_DELETE_DAYS = 365;

/** Pure: equal settings, equal plan. */
export function planVault(settings: VaultSettings): VaultPlan {
  const longest = longestAgeDays(settings.retention);
  const deleteAfterDays = settings.deleteAfterDays ?? Math.max(2 * longest, LEAST_DELETE_DAYS);
  const tiers = [...settings.tiers].sort((a, b) => a.afterDays - b.afterDays);
  return {
    longestAgeDays: longest,
    deleteAfterDays,
    rules: [
      ...tiers.map((tier) => ({ ageDays: tier.afterDays, storageClass: tier.class })),
      { ageDays: deleteAfterDays },
    ],
    softDeleteSeconds: settings.softDeleteDays * DAY,
    ...(settings.immutable === undefined ? {} : { retentionSeconds: settings.immutable.days * DAY }),
    keyLocation: keyLocationOf(settings.location),
    ...(settings.monitoring === undefined ? {} : { alertAgeMinutes: alertAgeOf(settings) }),
  };
}

const alertAgeOf = ({ monitoring, objectiveMinutes, everyMinutes }: VaultSettings): number =>
  monitoring?.ageMinutes ?? objectiveMinutes ?? 2 * everyMinutes;

/** A key lies where its bucket does; one continent has another name there. */
function keyLocationOf(location: string): string {
  const lower = location.toLowerCase();
  return lower === "eu" ? "europe" : lower;
}
