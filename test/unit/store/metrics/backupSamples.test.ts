import { describe, expect, it } from "vitest";
import type { Backup, BackupState } from "../../../../store/backups";
import type { Drill } from "../../../../store/drills";
import { backupSamples } from "../../../../store/metrics/backupSamples";
import type { MetricName } from "../../../../store/metrics/metrics";
import { newManifest } from "../../../support/storedBackups";

const NOW = Date.parse("2026-11-27T12:00:00.000Z");
const at = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString();

interface Given {
  readonly hours: number;
  readonly state?: BackupState;
  readonly bytes?: number;
  readonly seconds?: number;
  readonly cluster?: string;
  /** Hours ago, outcome, seconds of the restore. */
  readonly drill?: readonly [number, Drill["outcome"], number?];
}

function backup({ hours, state = "complete", bytes = 1000, seconds, cluster = "uc1", drill }: Given): Backup {
  const time = at(hours);
  const manifest = newManifest({ cluster, time, bytes });
  const held = drill && {
    ...{ formatVersion: 1 as const, time: at(drill[0]), outcome: drill[1], sentence: "", toolVersion: "1" },
    ...(drill[2] === undefined ? {} : { restoreSeconds: drill[2] }),
  };
  return {
    ...{ key: `v1/${cluster}/${time}`, cluster, time, state, bytes: bytes / 10, objects: [] },
    ...(state === "incomplete"
      ? {}
      : { manifest: { ...manifest, ...(seconds === undefined ? {} : { seconds }) } }),
    ...(held === undefined ? {} : { drill: held }),
  };
}

/** Newest first, as a listing is; by metric, with the state where there is one. */
function told(given: readonly Given[], expected?: string, cluster = "uc1") {
  const backups = given.map(backup).sort((a, b) => b.time.localeCompare(a.time));
  const samples = backupSamples(backups, { now: NOW, expected });
  const own = samples.filter(({ labels }) => labels.cluster === cluster);
  return Object.fromEntries(
    own.map(({ metric, labels, value }) => [[metric, labels.state].filter(Boolean).join(" "), value]),
  );
}

type Told = Partial<Record<MetricName | `etcd_backups ${BackupState}`, number | undefined>>;

describe("what the backups of a cluster come to", () => {
  it.each<[string, readonly Given[], Told]>([
    [
      "the newest, and how it differs from the one before",
      [
        { hours: 2, bytes: 300, seconds: 12.5 },
        { hours: 3, bytes: 1000 },
      ],
      {
        etcd_backup_last_success_timestamp_seconds: NOW / 1000 - 7200,
        etcd_backup_age_seconds: 7200,
        etcd_backup_snapshot_size_bytes: 300,
        etcd_backup_stored_size_bytes: 30,
        etcd_backup_snapshot_size_ratio: 0.3,
        etcd_backup_duration_seconds: 12.5,
        etcd_backup_failures: 0,
        "etcd_backups complete": 2,
        "etcd_backups corrupt": 0,
        etcd_backup_drill_success: undefined,
      },
    ],
    [
      "a single one, of an earlier version",
      [{ hours: 1 }],
      {
        etcd_backup_age_seconds: 3600,
        etcd_backup_snapshot_size_ratio: undefined,
        etcd_backup_duration_seconds: undefined,
      },
    ],
    [
      "failures since: a corrupt one, and one that was never finished; not one that is being written, nor older ones",
      [
        { hours: 0.5, state: "incomplete" },
        { hours: 2, state: "incomplete" },
        { hours: 3, state: "corrupt" },
        { hours: 4 },
        { hours: 5, state: "corrupt" },
        { hours: 6, state: "incomplete" },
      ],
      {
        etcd_backup_age_seconds: 4 * 3600,
        etcd_backup_failures: 2,
        "etcd_backups incomplete": 3,
        "etcd_backups corrupt": 2,
      },
    ],
    [
      "one of which the newest drill failed is not verified",
      [{ hours: 1, drill: [0.5, "failed"] }, { hours: 9 }],
      {
        etcd_backup_age_seconds: 9 * 3600,
        etcd_backup_drill_success: 0,
        "etcd_backups complete": 2,
        etcd_backups_verified: 1,
      },
    ],
    [
      "none is verified where all are from the future, or failed a drill",
      [{ hours: -2 }, { hours: 1, drill: [0.5, "failed"] }],
      { etcd_backup_age_seconds: undefined, "etcd_backups complete": 2, etcd_backups_verified: 0 },
    ],
    [
      "a drill from the future hides none that was held since",
      [
        { hours: 1, drill: [0.5, "failed"] },
        { hours: 2, drill: [-48, "passed", 5] },
        { hours: 3, drill: [2, "passed", 7] },
      ],
      {
        etcd_backup_drill_success: 0,
        etcd_backup_drill_age_seconds: 7200,
        etcd_backup_drill_restore_duration_seconds: 7,
      },
    ],
    [
      "one alone, from the future, is no proof",
      [{ hours: 2, drill: [-48, "passed", 5] }],
      { etcd_backup_drill_age_seconds: undefined, etcd_backup_undrilled_seconds: 7200 },
    ],
    [
      "how long no drill has passed, where none ever has",
      [
        { hours: 1, drill: [0.5, "failed"] },
        { hours: 50 },
        { hours: 60, state: "incomplete" },
        { hours: -2 },
      ],
      { etcd_backup_drill_age_seconds: undefined, etcd_backup_undrilled_seconds: 50 * 3600 },
    ],
    [
      "one from the future proves nothing",
      [{ hours: -2 }, { hours: 7 }],
      { etcd_backup_age_seconds: 7 * 3600 },
    ],
    ["a clock that is a little ahead", [{ hours: -0.01 }], { etcd_backup_age_seconds: 0 }],
    [
      "no verified one has no age, and counts as failures",
      [
        { hours: 2, state: "corrupt" },
        { hours: 3, state: "incomplete" },
      ],
      {
        etcd_backup_age_seconds: undefined,
        etcd_backup_last_success_timestamp_seconds: undefined,
        etcd_backup_failures: 2,
        "etcd_backups complete": 0,
      },
    ],
    [
      "the newest drill is the one that was held last, whatever backup it was of",
      [
        { hours: 1, drill: [0.9, "passed", 30] },
        { hours: 30, drill: [0.2, "failed"] },
        { hours: 50, drill: [49, "passed", 99] },
      ],
      {
        etcd_backup_drill_success: 0,
        etcd_backup_drill_age_seconds: 3240,
        etcd_backup_drill_last_success_timestamp_seconds: NOW / 1000 - 3240,
        etcd_backup_drill_restore_duration_seconds: 30,
      },
    ],
    [
      "only drills that failed",
      [{ hours: 1, drill: [0.5, "failed", 3] }],
      {
        etcd_backup_drill_success: 0,
        etcd_backup_drill_age_seconds: undefined,
        etcd_backup_drill_restore_duration_seconds: undefined,
      },
    ],
  ])("%s", (_, given, expected) => {
    const all = told(given);
    for (const [name, value] of Object.entries(expected)) expect([name, all[name]]).toEqual([name, value]);
  });

  it("a cluster that must be there counts 0 where it has none; others are told beside it", () => {
    const given = [{ hours: 1, cluster: "uc2" }];
    expect(told(given, "uc1")).toEqual({
      etcd_backup_failures: 0,
      etcd_backups_verified: 0,
      ...{ "etcd_backups complete": 0, "etcd_backups incomplete": 0 },
      ...{ "etcd_backups corrupt": 0, "etcd_backups foreign": 0 },
    });
    expect(told(given, "uc1", "uc2")).toMatchObject({ etcd_backup_age_seconds: 3600 });
    expect(told(given)).toEqual({});
  });
});
