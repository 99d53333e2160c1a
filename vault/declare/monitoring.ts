import type { monitoring } from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import { metricType } from "../../store/metrics/cloudMonitoring";
import { type Metric, metricNames, metrics } from "../../store/metrics/metrics";
import { type Alert, aggregation, alertsOf, type Condition, filterOf } from "../monitoring/conditions";
import { dashboardJson } from "../monitoring/dashboard";
import { type Declaring, labels } from "./declared";

/** An alert is closed when nothing has been heard of it for so long; the service takes at most seven days. */
const CLOSE_SECONDS = 604_800;
/** At most one message an hour of failures in a log. */
const LOG_SECONDS = 3600;

/** What an alert is declared with, as the service takes it. */
type PolicyCondition = pulumi.Unwrap<monitoring.AlertPolicyArgs["conditions"]>[number];

/** Alerts and a dashboard, where they are asked for, of numbers that others write. */
export function declareMonitoring(of: Declaring): void {
  const { parent, name, settings, plan } = of;
  if (settings.monitoring === undefined) return;
  const gcp = require("@pulumi/gcp/monitoring") as typeof monitoring;
  const { project, bucket } = settings;
  const descriptors = metricNames.map((metric) => {
    const { help, unit, labels: own = [] }: Metric = metrics[metric];
    return new gcp.MetricDescriptor(
      `${name}-${metric.replaceAll("_", "-")}`,
      {
        project,
        type: metricType(metric),
        metricKind: "GAUGE",
        valueType: "DOUBLE",
        unit,
        displayName: metric,
        description: help,
        labels: own.map((key) => ({ key, valueType: "STRING", description: `By ${key}.` })),
      },
      // with a descriptor goes all that was ever measured, of other vaults of the project too
      { parent, retainOnDelete: true },
    );
  });
  for (const alert of alertsOf(settings, plan)) declareAlert(of, gcp, alert, descriptors);
  new gcp.Dashboard(
    `${name}-dashboard`,
    { project, dashboardJson: dashboardJson(bucket, plan) },
    { parent, dependsOn: descriptors },
  );
}

/** A policy on a metric that is not known yet is refused: the descriptors come first. */
function declareAlert(
  { parent, name, settings }: Declaring,
  { AlertPolicy }: typeof monitoring,
  { key, title, advice, severity, conditions }: Alert,
  descriptors: readonly monitoring.MetricDescriptor[],
): void {
  const { project, bucket, monitoring: told } = settings;
  const isOfLog = conditions.some(({ kind }) => kind === "log");
  new AlertPolicy(
    `${name}-alert-${key}`,
    {
      project,
      displayName: `etcd backups in ${bucket}: ${title}`,
      combiner: "OR",
      severity,
      conditions: conditions.map((condition) => conditionOf(bucket, condition)),
      documentation: { content: advice, mimeType: "text/markdown" },
      notificationChannels: told?.channels ?? [],
      alertStrategy: {
        autoClose: `${CLOSE_SECONDS}s`,
        ...(isOfLog ? { notificationRateLimit: { period: `${LOG_SECONDS}s` } } : {}),
      },
      userLabels: { ...labels },
    },
    { parent, dependsOn: [...descriptors] },
  );
}

function conditionOf(bucket: string, condition: Condition): PolicyCondition {
  const { name: displayName } = condition;
  if (condition.kind === "log") return { displayName, conditionMatchedLog: { filter: condition.filter } };
  if (condition.kind === "absent") {
    const filter = filterOf(bucket, condition.metric, condition.label);
    const aggregations = [{ alignmentPeriod: "60s", perSeriesAligner: "ALIGN_NEXT_OLDER" }];
    const duration = `${condition.seconds}s`;
    return { displayName, conditionAbsent: { filter, aggregations, duration, trigger: { count: 1 } } };
  }
  const { metric, label, kind, threshold: thresholdValue } = condition;
  const filter = filterOf(bucket, metric, label);
  const comparison = kind === "above" ? "COMPARISON_GT" : "COMPARISON_LT";
  const aggregations = [{ ...aggregation }];
  const conditionThreshold = {
    ...{ filter, comparison, thresholdValue, aggregations },
    // the first number is enough
    ...{ duration: "0s", trigger: { count: 1 } },
  };
  return { displayName, conditionThreshold };
}
