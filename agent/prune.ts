import { UserError } from "../components/errors";
import { openStore } from "../store/openStore";
import { planPrune, prune } from "../store/prune";
import { parsePolicy } from "../store/retentionPolicy";
import type { AgentSettings } from "./agentSettings";
import type { RunOptions } from "./backup";

/** Keys of the backups of each kind, and why. */
export interface PruneResult {
  readonly kept: readonly PrunedBackup[];
  readonly removed: readonly PrunedBackup[];
  readonly failed: readonly PrunedBackup[];
}

export interface PrunedBackup {
  readonly key: string;
  readonly reasons: readonly string[];
}

/** Carries out the settings' policy on the backups of their cluster. @throws UserError */
export async function runPrune(settings: AgentSettings, { say, store }: RunOptions): Promise<PruneResult> {
  if (settings.keep === undefined)
    throw new UserError(
      "keep: the settings say of no backup how long it is kept.",
      "Set keep: hourly=24,daily=7.",
    );
  const policy = parsePolicy(settings.keep, "keep");
  const place = store ?? openStore(settings.store, "store");
  const plan = await planPrune(place, { cluster: settings.cluster, policy, now: Date.now() });
  const done = await prune(place, plan, (line) => say("prune", { line }));
  const named = (all: typeof done.kept) => all.map(({ backup: { key }, reasons }) => ({ key, reasons }));
  return { kept: named(done.kept), removed: named(done.removed), failed: named(done.failed) };
}
