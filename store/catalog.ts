import { UserError } from "../components/errors";
import { type Backup, type CompleteBackup, isComplete } from "./backups";
import { lastHeld } from "./drills";

/** How one cluster is backed up. */
export interface ClusterBackups {
  readonly cluster: string;
  readonly backups: readonly Backup[];
  /** The newest that may be restored: it was verified when it was taken, and all that its manifest names is there. */
  readonly newest?: CompleteBackup;
  /** Its age in seconds. */
  readonly ageSeconds?: number;
  /** The one that was restored last to prove it. */
  readonly drilled?: Backup;
}

/** Every cluster of a store, by name. @param backups newest first. @param now milliseconds since 1970 */
export function byCluster(backups: readonly Backup[], now: number): readonly ClusterBackups[] {
  const clusters = [...new Set(backups.map(({ cluster }) => cluster))].sort();
  return clusters.map((cluster) => {
    const own = backups.filter((backup) => backup.cluster === cluster);
    const newest = own.find(isComplete);
    if (newest === undefined) return { cluster, backups: own };
    const ageSeconds = Math.floor((now - Date.parse(newest.time)) / 1000);
    const drilled = newestDrilled(own, now);
    return { cluster, backups: own, newest, ageSeconds, ...(drilled === undefined ? {} : { drilled }) };
  });
}

/** The backup that was restored last to prove it. @param backups of one cluster. @param now milliseconds since 1970 */
export function newestDrilled(backups: readonly Backup[], now: number): Backup | undefined {
  const held = backups.flatMap((backup) => (backup.drill === undefined ? [] : [{ ...backup.drill, backup }]));
  return lastHeld(held, now)?.backup;
}

/**
 * The backup that a person names: by its key or address, its last part, or the beginning of that, or of its digest.
 *
 * @throws UserError when none or several are meant
 */
export function namedBackup(backups: readonly Backup[], name: string, location: string): Backup {
  const plain = (name.startsWith(`${location}/`) ? name.slice(location.length + 1) : name).replace(
    /\/+$/,
    "",
  );
  const last = ({ key }: Backup) => key.slice(key.lastIndexOf("/") + 1);
  const exact = backups.filter((backup) => [backup.key, last(backup)].includes(plain));
  const begins = (backup: Backup) =>
    plain.length >= 4 &&
    (last(backup).startsWith(plain) || (last(backup).split("-")[1] ?? "").startsWith(plain));
  const found = exact.length > 0 ? exact : backups.filter(begins);
  const [one, another] = found;
  const list = `etcd-recovery catalog list --store '${location}'`;
  if (one === undefined)
    throw new UserError(`${location}: has no backup ${JSON.stringify(name)}.`, `Look: ${list}`);
  if (another === undefined) return one;
  const names = found.slice(0, 4).map(({ key }) => key);
  throw new UserError(
    `${location}: ${JSON.stringify(name)} may be ${names.join(" or ")}.`,
    "Give its whole key.",
  );
}

/** 93784 s as "1 d 2 h". */
export function ageText(seconds: number): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

const units = { s: 1, min: 60, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** "26h", "90m", "2d" in seconds. @throws UserError */
export function parseDuration(text: string, input: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})\s*(s|min|m|h|d|w)$/.exec(text.trim()) ?? [];
  const seconds = Number(count) * (units[unit as keyof typeof units] ?? 0);
  if (!(seconds > 0))
    throw new UserError(`${input}: ${JSON.stringify(text)} is no duration.`, "Write it as 90m, 26h or 2d.");
  return seconds;
}
