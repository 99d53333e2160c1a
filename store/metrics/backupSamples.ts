import { type Backup, type BackupState, type CompleteBackup, isComplete } from "../backups";
import type { MetricName, Sample } from "./metrics";

/** Clocks differ by so much; a backup from further ahead proves nothing: a clock is wrong. */
const AHEAD_MS = 300_000;
/** What has no manifest after so long is not being written any more: its writer was killed. */
const UNFINISHED_MS = 3_600_000;

const states: readonly BackupState[] = ["complete", "incomplete", "corrupt", "foreign"];

/**
 * What the backups of a store come to in numbers, cluster by cluster. Pure.
 *
 * Verified is a backup that is complete, of which no newer drill failed, and which is not from the future. A number that
 * nobody can know is left out: of a cluster without a verified backup there is no age, but a count of 0.
 *
 * @param backups newest first, as {@link listBackups} gives them
 * @param facts now in milliseconds since 1970; a cluster that must be there even when it has no backups
 */
export function backupSamples(
  backups: readonly Backup[],
  { now, expected }: { readonly now: number; readonly expected?: string | undefined },
): readonly Sample[] {
  const named = expected === undefined ? [] : [expected];
  const clusters = [...new Set([...named, ...backups.map(({ cluster }) => cluster)])].sort();
  return clusters.flatMap((cluster) => {
    const own = backups.filter((backup) => backup.cluster === cluster);
    const told = { ...newestNumbers(own, now), ...drillNumbers(own, now) };
    const counts = states.map((state) => ({
      metric: "etcd_backups" as const,
      labels: { cluster, state },
      value: own.filter((backup) => backup.state === state).length,
    }));
    const samples = Object.entries(told).map(([metric, value]) => ({
      metric: metric as MetricName,
      labels: { cluster },
      value,
    }));
    return [...samples, ...counts];
  });
}

type Numbers = Partial<Record<MetricName, number>>;

function newestNumbers(own: readonly Backup[], now: number): Numbers {
  const [newest, before] = own.filter((backup) => isVerified(backup, now)) as CompleteBackup[];
  const failures = own.filter((backup) => hasFailed(backup, now) && isNewer(backup, newest)).length;
  if (newest === undefined) return { etcd_backup_failures: failures };
  const { manifest, time, bytes } = newest;
  const taken = Date.parse(time);
  const size = manifest.snapshot.plain.bytes;
  const sizeBefore = before?.manifest.snapshot.plain.bytes ?? 0;
  const seconds = manifest.formatVersion === 1 ? undefined : manifest.seconds;
  return {
    etcd_backup_last_success_timestamp_seconds: Math.floor(taken / 1000),
    etcd_backup_age_seconds: Math.max(0, Math.floor((now - taken) / 1000)),
    etcd_backup_snapshot_size_bytes: size,
    etcd_backup_stored_size_bytes: bytes,
    ...(sizeBefore > 0 ? { etcd_backup_snapshot_size_ratio: size / sizeBefore } : {}),
    ...(seconds === undefined ? {} : { etcd_backup_duration_seconds: seconds }),
    etcd_backup_failures: failures,
  };
}

const isVerified = (backup: Backup, now: number): boolean =>
  isComplete(backup) && backup.drill?.outcome !== "failed" && Date.parse(backup.time) <= now + AHEAD_MS;

const hasFailed = ({ state, time }: Backup, now: number): boolean =>
  state === "corrupt" || (state === "incomplete" && Date.parse(time) < now - UNFINISHED_MS);

/** By its key, which says when a backup was begun to be stored: its snapshot may be older. */
const isNewer = ({ key }: Backup, newest: Backup | undefined): boolean =>
  newest === undefined || key > newest.key;

function drillNumbers(own: readonly Backup[], now: number): Numbers {
  const drills = own.flatMap(({ drill }) => (drill === undefined ? [] : [drill]));
  const byTime = [...drills].sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
  const [newest] = byTime;
  const passed = byTime.find(({ outcome }) => outcome === "passed");
  if (newest === undefined) return {};
  const success = { etcd_backup_drill_success: Number(newest.outcome === "passed") };
  if (passed === undefined) return success;
  const held = Date.parse(passed.time);
  return {
    ...success,
    etcd_backup_drill_last_success_timestamp_seconds: Math.floor(held / 1000),
    etcd_backup_drill_age_seconds: Math.max(0, Math.floor((now - held) / 1000)),
    ...(passed.restoreSeconds === undefined
      ? {}
      : { etcd_backup_drill_restore_duration_seconds: passed.restoreSeconds }),
  };
}
