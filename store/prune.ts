import { type Backup, isComplete, listBackups } from "./backups";
import { newestDrilled } from "./catalog";
import { MANIFEST } from "./manifest";
import { type Decision, decideRetention, type RetentionPolicy } from "./retention";
import type { Store } from "./store";
import { StoreError } from "./storeError";

/** What the pruner did, or would do. */
export interface Pruned {
  readonly kept: readonly Decision<Backup>[];
  readonly removed: readonly Decision<Backup>[];
  /** What it could not remove, and why; tried again by the next run. */
  readonly failed: readonly Decision<Backup>[];
}

/** What the pruner is told. */
export interface PruneTask {
  /** Of this cluster alone. Default: of all. */
  readonly cluster?: string;
  readonly policy: RetentionPolicy;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Decides over what lies in a store; removes nothing. @throws StoreError */
export async function planPrune(store: Store, { cluster, policy, now }: PruneTask): Promise<Pruned> {
  const backups = await listBackups(store, cluster);
  const { keep, remove } = decideRetention(backups, policy, {
    now,
    isVerified: ({ drill }) => drill?.outcome !== "failed",
    isProven: ({ drill }) => drill?.outcome === "passed",
    isAccused: (backup) => backup.drill?.outcome === "failed" && isLastDrilled(backups, backup, now),
    identityOf: ({ manifest }) => manifest?.kubeSystemUid,
  });
  return { kept: keep, removed: remove, failed: [] };
}

/** Whether its drill is the cluster's newest: with the backup would go what it has found. */
const isLastDrilled = (backups: readonly Backup[], { cluster, key }: Backup, now: number): boolean =>
  newestDrilled(
    backups.filter((one) => one.cluster === cluster),
    now,
  )?.key === key;

/**
 * Removes what was decided: of each backup the manifest first, so that none is half there. The newest complete backup of
 * each cluster is looked for once more; when it is not there any longer, nothing of that cluster is removed.
 *
 * @throws StoreError when the store cannot be asked
 */
export async function prune(store: Store, plan: Pruned, say: (line: string) => void): Promise<Pruned> {
  const removed: Decision<Backup>[] = [];
  const failed: Decision<Backup>[] = [];
  for (const cluster of new Set(plan.removed.map(({ backup }) => backup.cluster))) {
    const own = plan.removed.filter(({ backup }) => backup.cluster === cluster);
    if (!(await keepsOne(store, plan, cluster))) {
      const reasons = ["the newest backup that was to be kept is gone: somebody else removes backups too"];
      failed.push(...own.map(({ backup }) => ({ backup, reasons })));
      continue;
    }
    for (const decision of own) {
      const why = await removeBackup(store, decision.backup);
      say(`${decision.backup.key}: ${why ?? "removed"}`);
      if (why === undefined) removed.push(decision);
      else failed.push({ backup: decision.backup, reasons: [why] });
    }
  }
  return { kept: plan.kept, removed, failed };
}

/** Whether the newest complete backup is there still; a cluster that has none has nothing to lose. */
async function keepsOne(store: Store, plan: Pruned, cluster: string): Promise<boolean> {
  const isIts = ({ backup }: Decision<Backup>) => backup.cluster === cluster && isComplete(backup);
  const newest = plan.kept.find(isIts)?.backup;
  if (newest === undefined) return !plan.removed.some(isIts);
  const now = await store.list(`${newest.key}/`);
  return newest.objects.every(({ key, bytes }) => now.some((one) => one.key === key && one.bytes === bytes));
}

/**
 * One beside which something new lies is left: somebody has laid a hold there, a drill has been held, or its writer has gone
 * on since.
 *
 * @returns why not; undefined when it is gone
 */
async function removeBackup(store: Store, { key: place, objects }: Backup): Promise<string | undefined> {
  const isManifest = (key: string) => key.endsWith(`/${MANIFEST}`);
  const keys = objects.map(({ key }) => key).sort((a, b) => Number(isManifest(b)) - Number(isManifest(a)));
  try {
    const now = await store.list(`${place}/`);
    const added = now.find(({ key }) => !keys.includes(key));
    if (added !== undefined) return `${added.key} is there since this was decided: the next run decides anew`;
    for (const key of keys) await store.remove(key);
    return undefined;
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
}
