import { judgeDeletion, judgeObjective, judgeTiers } from "./judgements/ages";
import { judgeIdentities, judgeRegions } from "./judgements/identities";
import type { Contradiction, Judgement } from "./judgements/judgement";
import { judgeMonitoring } from "./judgements/monitoring";
import { judgeLock, judgeRecovery } from "./judgements/protection";
import type { VaultPlan } from "./vaultPlan";
import type { VaultSettings } from "./vaultSettings";

const judgements: readonly Judgement[] = [
  judgeDeletion,
  judgeTiers,
  judgeObjective,
  judgeLock,
  judgeRecovery,
  judgeIdentities,
  judgeRegions,
  judgeMonitoring,
];

/** Every contradiction of a vault's settings, all at once. */
export function judgeVault(settings: VaultSettings, plan: VaultPlan): readonly Contradiction[] {
  return judgements.flatMap((judge) => judge(settings, plan));
}
