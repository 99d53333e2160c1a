import type { BackupState } from "../backups";

/** A number that is told of the backups of a cluster. */
export interface Metric {
  /** For people, one sentence. */
  readonly help: string;
  /** As the Unified Code for Units of Measure has it, which Cloud Monitoring takes. */
  readonly unit: "s" | "By" | "1";
  /** Labels beside the cluster. */
  readonly labels?: readonly string[];
}

/**
 * Everything that is told of a cluster's backups from the store alone; all are gauges. Names follow Prometheus' rules
 * (https://prometheus.io/docs/practices/naming/), and those that exporters of etcd backups already have.
 */
export const metrics = {
  etcd_backup_last_success_timestamp_seconds: {
    help: "When the newest verified backup was taken, in seconds since 1970.",
    unit: "s",
  },
  etcd_backup_age_seconds: {
    help: "How old the newest verified backup was when this was told; it grows until the next look.",
    unit: "s",
  },
  etcd_backup_snapshot_size_bytes: { help: "Bytes of the newest verified snapshot, unpacked.", unit: "By" },
  etcd_backup_stored_size_bytes: {
    help: "Bytes of all objects of the newest verified backup, as stored.",
    unit: "By",
  },
  etcd_backup_snapshot_size_ratio: {
    help: "Bytes of the newest verified snapshot, divided by those of the one before.",
    unit: "1",
  },
  etcd_backup_duration_seconds: {
    help: "How long the newest verified backup took, until its manifest was written.",
    unit: "s",
  },
  etcd_backup_failures: {
    help: "Backups begun after the newest verified one that are corrupt, or incomplete for over an hour.",
    unit: "1",
  },
  etcd_backups: { help: "Backups in the store, by state.", unit: "1", labels: ["state"] },
  etcd_backups_verified: {
    help: "Verified backups: complete, the newest drill of them did not fail, and not from the future.",
    unit: "1",
  },
  etcd_backup_drill_success: { help: "Whether the newest drill passed: 1 or 0.", unit: "1" },
  etcd_backup_drill_last_success_timestamp_seconds: {
    help: "When the newest drill that passed was held, in seconds since 1970.",
    unit: "s",
  },
  etcd_backup_drill_age_seconds: {
    help: "How long ago the newest drill that passed was held when this was told.",
    unit: "s",
  },
  etcd_backup_undrilled_seconds: {
    help: "Age of the oldest backup where no drill has ever passed; absent where one has.",
    unit: "s",
  },
  etcd_backup_drill_restore_duration_seconds: {
    help: "How long the restore of the newest drill that passed took.",
    unit: "s",
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;
export const metricNames = Object.keys(metrics) as readonly MetricName[];

/** One number of one cluster. */
export interface Sample {
  readonly metric: MetricName;
  readonly labels: { readonly cluster: string; readonly state?: BackupState };
  readonly value: number;
}
