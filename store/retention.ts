import { isAhead } from "./ahead";
import type { Backup } from "./backups";

/** How many backups are kept of each kind: the newest of each of the last so many hours, days … that have one. */
export interface RetentionPolicy {
  readonly hourly?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
}

export const tiers = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type Tier = (typeof tiers)[number];

/** What a stack and the command line take when nothing else is said. */
export const defaultPolicy = { hourly: 24, daily: 7, weekly: 5, monthly: 12, yearly: 3 } as const;

/** What retention looks at. */
export type Retained = Pick<Backup, "key" | "cluster" | "time" | "state" | "held">;

/** What becomes of one backup, and why. */
export interface Decision<T> {
  readonly backup: T;
  readonly reasons: readonly string[];
}

/** What becomes of the backups of a store: each is in exactly one of the two. */
export interface Retention<T> {
  readonly keep: readonly Decision<T>[];
  readonly remove: readonly Decision<T>[];
}

/** What else is known. */
export interface RetentionFacts<T> {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether a backup is known to be sound. Default: it is complete, for it was verified when it was taken. */
  readonly isVerified?: (backup: T) => boolean;
  /** Whether a restore has proven it. Default: of none. */
  readonly isProven?: (backup: T) => boolean;
  /** Whether the newest drill of its cluster failed with it. Default: of none. */
  readonly isAccused?: (backup: T) => boolean;
  /** Which cluster it is of, where several have one name one after the other, e.g. its UID. Default: the name says it. */
  readonly identityOf?: (backup: T) => string | undefined;
}

const HOUR = 3600_000;
const DAY = 24 * HOUR;
/** An incomplete backup may still be being written, or be looked at by a person. */
export const INCOMPLETE_DAYS = 2;

/**
 * Decides what is removed, for each cluster on its own. Pure.
 *
 * Of every hour, day, week, month, year that has complete backups the newest verified is kept, else the newest, for the
 * last so many of them that have one: where no more backups are taken, nothing is removed. The newest verified one is kept
 * whatever the policy says, and so is what is held. What is corrupt or foreign is left to a person. A cluster that was
 * made anew under its name is another one: its backups take no place of the old one's.
 */
export function decideRetention<T extends Retained>(
  backups: readonly T[],
  policy: RetentionPolicy,
  facts: RetentionFacts<T>,
): Retention<T> {
  const reasons = new Map<T, string[]>(backups.map((backup) => [backup, []]));
  const { identityOf = () => undefined } = facts;
  const ownerOf = (backup: T) => JSON.stringify([backup.cluster, identityOf(backup)]);
  for (const owner of new Set(backups.map(ownerOf))) {
    const own = backups.filter((backup) => ownerOf(backup) === owner);
    for (const [backup, reason] of reasonsToKeep(own, policy, facts)) reasons.get(backup)?.push(reason);
  }
  const decisions = backups.map((backup) => ({ backup, reasons: reasons.get(backup) ?? [] }));
  return {
    keep: decisions.filter((decision) => decision.reasons.length > 0),
    remove: decisions
      .filter((decision) => decision.reasons.length === 0)
      .map(({ backup }) => ({ backup, reasons: [whyRemoved(backup)] })),
  };
}

function* reasonsToKeep<T extends Retained>(
  backups: readonly T[],
  policy: RetentionPolicy,
  { now, isVerified = () => true, isProven = () => false, isAccused = () => false }: RetentionFacts<T>,
): Generator<[T, string]> {
  for (const backup of backups) {
    if (backup.held !== undefined) yield [backup, `held: ${backup.held}`];
    if (backup.state === "corrupt" || backup.state === "foreign")
      yield [backup, `${backup.state}: look at it, then remove it yourself`];
    if (backup.state === "incomplete" && Date.parse(backup.time) > now - INCOMPLETE_DAYS * DAY)
      yield [backup, "incomplete, and perhaps still being written"];
  }
  // what is no backup may have no time
  const complete = backups.filter(({ state }) => state === "complete").sort(newestFirst);
  const past = complete.filter((backup) => !isAhead(backup, now));
  const newest = past.find(isVerified) ?? complete.find(isVerified);
  if (newest !== undefined) yield [newest, "newest verified"];
  const proven = complete.find(isProven);
  if (proven !== undefined) yield [proven, "newest proven by a drill"];
  for (const backup of complete.filter(isAccused)) yield [backup, "the newest drill failed with it"];
  for (const backup of complete.filter((one) => isAhead(one, now)))
    yield [backup, "its time lies in the future"];
  for (const tier of tiers) yield* ofTier(past, tier, policy[tier] ?? 0, isVerified);
}

/** The newest verified of each of the last periods that have a backup; the newest where none is verified. */
function* ofTier<T extends Retained>(
  backups: readonly T[],
  tier: Tier,
  count: number,
  isVerified: (backup: T) => boolean,
): Generator<[T, string]> {
  const periods = new Map<string, T>();
  for (const backup of backups) {
    const period = periodOf(tier, new Date(backup.time));
    const known = periods.get(period);
    if (known === undefined && periods.size >= count) break;
    if (known === undefined || (!isVerified(known) && isVerified(backup))) periods.set(period, backup);
  }
  for (const [period, backup] of periods) yield [backup, `${tier} ${period}`];
}

/** The hour, day, week (ISO 8601), month or year of a time, in UTC. */
export function periodOf(tier: Tier, time: Date): string {
  const iso = time.toISOString();
  if (tier === "weekly") return weekOf(time);
  return iso.slice(0, { hourly: 13, daily: 10, monthly: 7, yearly: 4 }[tier]);
}

/** A week belongs to the year of its Thursday. */
function weekOf(time: Date): string {
  const midnight = Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate());
  const thursday = new Date(midnight + (4 - (time.getUTCDay() || 7)) * DAY);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - first) / (7 * DAY)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
}

const newestFirst = (a: Retained, b: Retained): number =>
  Date.parse(b.time) - Date.parse(a.time) || (a.key < b.key ? 1 : -1);

const whyRemoved = ({ state }: Retained): string =>
  state === "incomplete" ? `incomplete for more than ${INCOMPLETE_DAYS} days` : "the policy keeps others";

/** The age in days that a backup reaches at most under a policy, with backups taken all the time. */
export function longestAgeDays(policy: RetentionPolicy): number {
  const days = { hourly: 1 / 24, daily: 1, weekly: 7, monthly: 31, yearly: 366 };
  return Math.ceil(
    Math.max(
      0,
      ...tiers.map((tier) => ((policy[tier] ?? 0) + 1) * days[tier] * Number((policy[tier] ?? 0) > 0)),
    ),
  );
}
