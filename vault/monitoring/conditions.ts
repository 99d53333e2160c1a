import { metricType, RESOURCE_TYPE } from "../../store/metrics/cloudMonitoring";
import type { MetricName } from "../../store/metrics/metrics";
import type { VaultPlan } from "../vaultPlan";
import type { VaultSettings } from "../vaultSettings";

/** Backups are taken for incomplete or damaged when the newest is so much smaller than the one before. */
export const SIZE_RATIO = 1 / 3;
/** The last point of so many seconds stands for now: numbers come more often, or silence is the alert. */
const ALIGNED_SECONDS = 3600;
/** Of the counts by state the one that is always told. */
const COMPLETE = ["state", "complete"] as const;
const MINUTE = 60;
const DAY = 86_400;

/** When an alert comes. */
export type Condition =
  | {
      readonly name: string;
      readonly kind: "above" | "below";
      readonly metric: MetricName;
      readonly threshold: number;
      /** A label of the metric and its value. */
      readonly label?: readonly [string, string];
    }
  | {
      readonly name: string;
      readonly kind: "absent";
      readonly metric: MetricName;
      readonly seconds: number;
      readonly label: readonly [string, string];
    }
  | { readonly name: string; readonly kind: "log"; readonly filter: string };

/** One alert policy: any of its conditions is enough. */
export interface Alert {
  /** Ends its resource's name. */
  readonly key: "age" | "silent" | "failures" | "size" | "drill" | "log";
  readonly title: string;
  /** For whoever is woken: what it means, and what to look at. */
  readonly advice: string;
  readonly severity: "CRITICAL" | "ERROR" | "WARNING";
  readonly conditions: readonly Condition[];
}

/** Every alert of a vault, in the order in which they are declared; none without `monitoring`. Pure. */
export function alertsOf(settings: VaultSettings, { alertAgeMinutes }: VaultPlan): readonly Alert[] {
  const { monitoring, bucket } = settings;
  if (monitoring === undefined || alertAgeMinutes === undefined) return [];
  const list = `etcd-recovery catalog list --store gs://${bucket}`;
  const { silentMinutes, drillDays } = monitoring;
  return [
    {
      key: "age",
      title: "no verified backup that is young enough",
      advice: `The newest verified backup is older than ${alertAgeMinutes} minutes, or there is none. Look: ${list}`,
      severity: "CRITICAL",
      conditions: [
        above(`older than ${alertAgeMinutes} minutes`, "etcd_backup_age_seconds", alertAgeMinutes * MINUTE),
        { ...below("there is none", "etcd_backups", 1), label: COMPLETE },
        below("none is verified", "etcd_backups_verified", 1),
      ],
    },
    {
      key: "silent",
      title: "nobody says how the backups stand",
      advice: `No number of a cluster has come for ${silentMinutes} minutes: agent watch does not run, or cannot read the bucket. Look: kubectl get cronjobs,jobs -A -l etcd-recovery/task=watch`,
      severity: "ERROR",
      conditions: [
        {
          name: `no number for ${silentMinutes} minutes`,
          kind: "absent",
          metric: "etcd_backups",
          label: COMPLETE,
          seconds: silentMinutes * MINUTE,
        },
      ],
    },
    {
      key: "failures",
      title: "backups that cannot be restored",
      advice: `Since the newest verified backup there are some that are corrupt, or were never finished. Look: ${list}`,
      severity: "ERROR",
      conditions: [above("corrupt or never finished", "etcd_backup_failures", 0)],
    },
    {
      key: "size",
      title: "a backup that is much smaller than the one before",
      advice: `The newest snapshot has less than a third of the bytes of the one before: the wrong cluster, or one that has lost its objects. Look: ${list}; then etcd-recovery catalog verify`,
      severity: "WARNING",
      conditions: [below("less than a third", "etcd_backup_snapshot_size_ratio", SIZE_RATIO)],
    },
    {
      key: "drill",
      title: "a drill that failed",
      advice: `The newest trial restore failed${drillDays === undefined ? "" : `, or none has passed for ${drillDays} days`}. Look: ${list}`,
      severity: "CRITICAL",
      conditions: [
        below("the newest failed", "etcd_backup_drill_success", 1),
        ...(drillDays === undefined
          ? []
          : [
              above(`none passed for ${drillDays} days`, "etcd_backup_drill_age_seconds", drillDays * DAY),
              above(
                `none passed ever, with backups for ${drillDays} days`,
                "etcd_backup_undrilled_seconds",
                drillDays * DAY,
              ),
            ]),
      ],
    },
    ...(monitoring.logs ? [logAlert] : []),
  ];
}

const above = (name: string, metric: MetricName, threshold: number) =>
  ({ name, kind: "above", metric, threshold }) as const;
const below = (name: string, metric: MetricName, threshold: number) =>
  ({ name, kind: "below", metric, threshold }) as const;

/** What an agent writes of a run that failed: level error, and an event that ends with -failed (agent/main.ts). */
const logAlert: Alert = {
  key: "log",
  title: "a run of the agent that failed",
  advice: "The log of the Pod says why; the next run tries again.",
  severity: "WARNING",
  conditions: [
    {
      name: "a failed run in the log",
      kind: "log",
      filter: [
        'resource.type="k8s_container"',
        'labels."k8s-pod/app_kubernetes_io/name"="etcd-recovery-agent"',
        'jsonPayload.level="error"',
        'jsonPayload.event=~"-failed$"',
      ].join(" AND "),
    },
  ],
};

/** What series a condition looks at: of this vault alone. */
export function filterOf(bucket: string, metric: MetricName, label?: readonly [string, string]): string {
  return [
    `resource.type = "${RESOURCE_TYPE}"`,
    `resource.labels.namespace = "${bucket}"`,
    `metric.type = "${metricType(metric)}"`,
    ...(label === undefined ? [] : [`metric.labels.${label[0]} = "${label[1]}"`]),
  ].join(" AND ");
}

/** The newest point of each series. */
export const aggregation = {
  alignmentPeriod: `${ALIGNED_SECONDS}s`,
  perSeriesAligner: "ALIGN_NEXT_OLDER",
} as const;
