import type { MetricName } from "../../store/metrics/metrics";
import type { VaultPlan } from "../vaultPlan";
import { aggregation, filterOf, SIZE_RATIO } from "./conditions";

interface Chart {
  readonly title: string;
  readonly metric: MetricName;
  /** A line across it, where an alert comes. */
  readonly threshold?: number;
}

/** Columns of a mosaic, and how much of it a chart takes. */
const COLUMNS = 48;
const WIDTH = 24;
const HEIGHT = 16;

/** A dashboard of a vault, as the service takes it (REST v1, Dashboard): one line a cluster in each chart. Pure. */
export function dashboardJson(bucket: string, { alertAgeMinutes = 0 }: VaultPlan): string {
  const charts: readonly Chart[] = [
    {
      title: "Age of the newest verified backup (s)",
      metric: "etcd_backup_age_seconds",
      threshold: alertAgeMinutes * 60,
    },
    { title: "Failures since the newest verified backup", metric: "etcd_backup_failures" },
    { title: "Bytes of the newest snapshot", metric: "etcd_backup_snapshot_size_bytes" },
    {
      title: "Size of the newest snapshot against the one before",
      metric: "etcd_backup_snapshot_size_ratio",
      threshold: SIZE_RATIO,
    },
    { title: "Duration of the newest backup (s)", metric: "etcd_backup_duration_seconds" },
    { title: "Backups, by state", metric: "etcd_backups" },
    { title: "Age of the newest drill that passed (s)", metric: "etcd_backup_drill_age_seconds" },
    {
      title: "Restore of the newest drill that passed (s)",
      metric: "etcd_backup_drill_restore_duration_seconds",
    },
  ];
  const perRow = COLUMNS / WIDTH;
  const tiles = charts.map((chart, at) => ({
    xPos: (at % perRow) * WIDTH,
    yPos: Math.floor(at / perRow) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    widget: { title: chart.title, xyChart: chartOf(bucket, chart) },
  }));
  return JSON.stringify({
    displayName: `etcd backups in ${bucket}`,
    mosaicLayout: { columns: COLUMNS, tiles },
  });
}

const chartOf = (bucket: string, { metric, threshold }: Chart) => ({
  dataSets: [
    {
      plotType: "LINE",
      timeSeriesQuery: { timeSeriesFilter: { filter: filterOf(bucket, metric), aggregation } },
    },
  ],
  ...(threshold === undefined ? {} : { thresholds: [{ value: threshold }] }),
});
