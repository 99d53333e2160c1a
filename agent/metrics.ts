import type { Sample } from "../store/metrics/metrics";
import { type Gauge, gaugesOf, gaugesText, writeTextfile } from "../store/metrics/textfile";
import type { AgentSettings } from "./agentSettings";

/** What a run has to say in numbers. */
export interface Measured {
  readonly isDone: boolean;
  readonly seconds: number;
  readonly result: object;
}

/** Rewrites the settings' textfile, where they name one; whoever scrapes it sees the old or the new one. @throws UserError */
export async function writeMetrics(
  { metricsFile, cluster }: Pick<AgentSettings, "metricsFile" | "cluster">,
  act: string,
  measured: Measured,
): Promise<void> {
  if (metricsFile === undefined) return;
  await writeTextfile(metricsFile, metricsText(cluster, act, measured), "metricsFile of the settings");
}

/** In Prometheus' text format: the run's own numbers, and what it found in the store where it looked (`agent watch`). */
export function metricsText(cluster: string, act: string, measured: Measured, now = Date.now()): string {
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
  return gaugesText([...own, ...gaugesOf(samples)]);
}
