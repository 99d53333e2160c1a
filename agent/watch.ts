import { listBackups } from "../store/backups";
import { backupSamples } from "../store/metrics/backupSamples";
import { writeSamples } from "../store/metrics/cloudMonitoring";
import type { Sample } from "../store/metrics/metrics";
import { isBucketUrl, openStore, parseBucketUrl } from "../store/openStore";
import type { AgentSettings } from "./agentSettings";
import type { RunOptions } from "./backup";
import { Watchdog } from "./watchdog";

/** How a cluster's backups stand. */
export interface WatchResult {
  readonly samples: readonly Sample[];
  /** Project of Cloud Monitoring that they were written to. */
  readonly project?: string;
}

/**
 * Looks at the backups of the settings' cluster, from listings, manifests and drills alone, and tells in numbers how they
 * stand; to Cloud Monitoring too, where the settings name a project. How they stand is no matter of success: alerts judge it.
 *
 * @throws UserError when the store cannot be asked, or the numbers were not taken
 */
export async function runWatch(
  settings: Pick<
    AgentSettings,
    "store" | "cluster" | "kubeSystemUid" | "monitoring" | "deadlineSeconds" | "stallSeconds"
  >,
  { say, signal, store }: Pick<RunOptions, "say" | "signal" | "store">,
): Promise<WatchResult> {
  const { cluster, kubeSystemUid, monitoring } = settings;
  const place = store ?? openStore(settings.store, "store");
  const watchdog = new Watchdog(settings, signal);
  try {
    const backups = await watchdog.within(listBackups(place, cluster));
    const now = Date.now();
    const samples = backupSamples(backups, { now, expected: cluster, kubeSystemUid });
    if (monitoring === undefined) return { samples };
    const { project, endpoint } = monitoring;
    const bucket = isBucketUrl(settings.store)
      ? parseBucketUrl(settings.store, "store").bucket
      : settings.store;
    await watchdog.within(writeSamples({ project, bucket, endpoint }, samples, now));
    say("samples-written", { project, count: samples.length });
    return { samples, project };
  } finally {
    watchdog.end();
  }
}
