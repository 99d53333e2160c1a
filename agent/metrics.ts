import { randomUUID } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import type { AgentSettings } from "./agentSettings";

/** What a run has to say in numbers. */
export interface Measured {
  readonly isDone: boolean;
  readonly seconds: number;
  readonly result: object;
}

/** Rewrites the settings' textfile, where they name one; whoever scrapes it sees the old or the new one. */
export async function writeMetrics(
  { metricsFile, cluster }: Pick<AgentSettings, "metricsFile" | "cluster">,
  act: string,
  measured: Measured,
): Promise<void> {
  if (metricsFile === undefined) return;
  const part = `${metricsFile}.${randomUUID()}.part`;
  await writeFile(part, metricsText(cluster, act, measured), { mode: 0o644 });
  await rename(part, metricsFile);
}

/** In Prometheus' text format; ages are told by the store, not by a run. */
export function metricsText(cluster: string, act: string, measured: Measured, now = Date.now()): string {
  const { bytes } = measured.result as { readonly bytes?: unknown };
  const labels = `{cluster="${cluster}",act="${act}"}`;
  const gauges: [string, string, number][] = [
    ["etcd_backup_run_success", "Whether the last run succeeded.", Number(measured.isDone)],
    ["etcd_backup_run_timestamp_seconds", "When the last run ended.", Math.floor(now / 1000)],
    ["etcd_backup_run_duration_seconds", "How long the last run took.", measured.seconds],
  ];
  if (typeof bytes === "number") gauges.push(["etcd_backup_size_bytes", "Bytes of its snapshot.", bytes]);
  return gauges
    .map(([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`)
    .join("");
}
