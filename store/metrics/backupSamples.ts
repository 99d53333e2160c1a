import { isAhead } from "../ahead";
import { type Backup, type BackupState, type CompleteBackup, isComplete } from "../backups";
import { lastHeld } from "../drills";
import type { MetricName, Sample } from "./metrics";

/** What has no manifest after so long is not being written any more: its writer was killed. */
const UNFINISHED_MS = 3_600_000;

const states: readonly BackupState[] = ["complete", "incomplete", "corrupt", "foreign"];

/**
 * What the backups of a store come to in numbers, cluster by cluster. Pure.
 *
 * Verified is a backup that is complete, of which no newer drill failed, which is not from the future, and not of another
 * cluster of its name where it is known which one is meant. A number that nobody can know is left out: of a cluster without a
 * verified backup there is no age, but a count of 0.
 *
 * @param backups newest first, as {@link listBackups} gives them
 * @param facts now in milliseconds since 1970; a cluster that must be there even when it has no backups; its UID
 */
export function backupSamples(
  backups: readonly Backup[],
  { now, expected, kubeSystemUid }: SampleFacts,
): readonly Sample[] {
  const named = expected === undefined ? [] : [expected];
  const clusters = [...new Set([...named, ...backups.map(({ cluster }) => cluster)])].sort();
  return clusters.flatMap((cluster) => {
    const own = backups.filter((backup) => backup.cluster === cluster);
    const uid = cluster === expected ? kubeSystemUid : undefined;
    const told = { ...newestNumbers(own, now, uid), ...drillNumbers(own, now) };
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

interface SampleFacts {
  readonly now: number;
  readonly expected?: string | undefined;
  readonly kubeSystemUid?: string | undefined;
}

type Numbers = Partial<Record<MetricName, number>>;

function newestNumbers(own: readonly Backup[], now: number, uid: string | undefined): Numbers {
  const verified = own.filter(isComplete).filter((backup) => isVerified(backup, now, uid));
  const [newest, before] = verified;
  const failures = own.filter((backup) => hasFailed(backup, now) && isNewer(backup, newest)).length;
  const counts = { etcd_backup_failures: failures, etcd_backups_verified: verified.length };
  if (newest === undefined) return counts;
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
    ...counts,
  };
}

const isVerified = (backup: CompleteBackup, now: number, uid: string | undefined): boolean =>
  backup.drill?.outcome !== "failed" &&
  !isAhead(backup, now) &&
  (uid === undefined || backup.manifest.kubeSystemUid === uid);

const hasFailed = ({ state, time }: Backup, now: number): boolean =>
  state === "corrupt" || (state === "incomplete" && Date.parse(time) < now - UNFINISHED_MS);

/** By its key, which says when a backup was begun to be stored: its snapshot may be older. */
const isNewer = ({ key }: Backup, newest: Backup | undefined): boolean =>
  newest === undefined || key > newest.key;

function drillNumbers(own: readonly Backup[], now: number): Numbers {
  const drills = own.flatMap(({ drill }) => (drill === undefined ? [] : [drill]));
  const newest = lastHeld(drills, now);
  const passed = lastHeld(
    drills.filter((drill) => drill.outcome === "passed" && !isAhead(drill, now)),
    now,
  );
  const success =
    newest === undefined ? {} : { etcd_backup_drill_success: Number(newest.outcome === "passed") };
  if (passed === undefined) return { ...success, ...undrilled(own, now) };
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

/** Nobody holds drills, or they do not come to a verdict: no number of a drill would ever say so. */
function undrilled(own: readonly Backup[], now: number): Numbers {
  const oldest = own.filter((backup) => isComplete(backup) && !isAhead(backup, now)).at(-1);
  return oldest === undefined
    ? {}
    : { etcd_backup_undrilled_seconds: Math.max(0, Math.floor((now - Date.parse(oldest.time)) / 1000)) };
}
