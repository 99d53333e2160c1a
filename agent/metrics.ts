import { readFile } from "node:fs/promises";
import type { Sample } from "../store/metrics/metrics";
import { type Gauge, gaugesOf, gaugesText, readGauges, writeTextfile } from "../store/metrics/textfile";
import type { AgentSettings } from "./agentSettings";

/** What a run has to say in numbers. */
export interface Measured {
  readonly isDone: boolean;
  readonly seconds: number;
  readonly result: object;
}

/**
 * Rewrites the settings' textfile, where they name one; whoever scrapes it sees the old or the new one. What runs for
 * something else have told stays, and what was found in the store until somebody has looked again: an alert that sees no
 * number does not come.
 *
 * @throws UserError
 */
export async function writeMetrics(
  { metricsFile, cluster }: Pick<AgentSettings, "metricsFile" | "cluster">,
  act: string,
  measured: Measured,
): Promise<void> {
  if (metricsFile === undefined) return;
  const before = readGauges(await readFile(metricsFile, "utf8").catch(() => ""));
  const hasLooked = "samples" in measured.result;
  const isKept = ({ labels }: Gauge["values"][number]) =>
    labels.cluster !== cluster || (labels.act === undefined ? !hasLooked : labels.act !== act);
  const kept = before.map((gauge) => ({ ...gauge, values: gauge.values.filter(isKept) }));
  const text = gaugesText(merged(gauges(cluster, act, measured, Date.now()), kept));
  await writeTextfile(metricsFile, text, "metricsFile of the settings");
}

/** Each metric once, as its format wants it. */
const merged = (told: readonly Gauge[], kept: readonly Gauge[]): readonly Gauge[] =>
  [...new Map([...kept, ...told].map(({ name, help }) => [name, help]))].map(([name, help]) => ({
    name,
    help,
    values: [...told, ...kept].filter((gauge) => gauge.name === name).flatMap(({ values }) => values),
  }));

/** In Prometheus' text format: the run's own numbers, and what it found in the store where it looked (`agent watch`). */
export const metricsText = (cluster: string, act: string, measured: Measured, now = Date.now()): string =>
  gaugesText(gauges(cluster, act, measured, now));

function gauges(cluster: string, act: string, measured: Measured, now: number): readonly Gauge[] {
  const { bytes, samples = [] } = measured.result as { bytes?: unknown; samples?: readonly Sample[] };
  const gauge = (name: string, help: string, value: number): Gauge => ({
    name,
    help,
    values: [{ labels: { cluster, act }, value }],
  });
  const own = [
    gauge("etcd_backup_run_success", "Whether the last run succeeded.", Number(measured.isDone)),
    gauge("etcd_backup_run_timestamp_seconds", "When the last run ended.", Math.floor(now / 1000)),
    gauge("etcd_backup_run_duration_seconds", "How long the last run took.", measured.seconds),
    ...(typeof bytes === "number" ? [gauge("etcd_backup_size_bytes", "Bytes of its snapshot.", bytes)] : []),
  ];
  return [...own, ...gaugesOf(samples)];
}
