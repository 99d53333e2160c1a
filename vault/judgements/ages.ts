import { tiers as policyTiers } from "../../store/retention";
import { minimumDays } from "../vaultSettings";
import type { Contradiction, Judgement } from "./judgement";

/** What the policy keeps must not be deleted by the bucket, nor be kept longer than the bucket has it. */
export const judgeDeletion: Judgement = ({ immutable, retention }, { longestAgeDays, deleteAfterDays }) => {
  const found: Contradiction[] = [];
  if (policyTiers.every((tier) => (retention[tier] ?? 0) === 0))
    found.push({
      keys: ["retention"],
      sentence: "the policy keeps nothing",
      remedy: "pulumi config set --path vault.retention.daily 7",
    });
  if (deleteAfterDays < longestAgeDays)
    found.push({
      keys: ["deleteAfterDays"],
      sentence: `the bucket deletes at ${deleteAfterDays} days what the policy keeps for up to ${longestAgeDays}`,
      remedy: "pulumi config rm --path vault.deleteAfterDays",
    });
  if (immutable !== undefined && immutable.days > deleteAfterDays)
    found.push({
      keys: ["immutable.days", "deleteAfterDays"],
      sentence: `objects are immutable for ${immutable.days} days, and deleted at ${deleteAfterDays}`,
      remedy: `pulumi config set --path vault.immutable.days ${deleteAfterDays}`,
    });
  return found;
};

/**
 * A class is charged for its minimum, however soon an object leaves it. Where nobody says when the bucket deletes, it leaves
 * by the pruner, at twice the policy's longest age at the latest.
 */
export const judgeTiers: Judgement = ({ deleteAfterDays }, { rules: declared, longestAgeDays }) => {
  const pruned = deleteAfterDays ?? 2 * longestAgeDays;
  const rules = declared.map((rule) => (rule.storageClass === undefined ? { ageDays: pruned } : rule));
  const found: Contradiction[] = [];
  for (const [at, rule] of rules.entries()) {
    const next = rules[at + 1];
    if (rule.storageClass === undefined || next === undefined) continue;
    const least = minimumDays[rule.storageClass as keyof typeof minimumDays];
    const stays = next.ageDays - rule.ageDays;
    const then = next.storageClass ?? "deletion";
    if (stays < least)
      found.push({
        keys: [`tiers[${at}].afterDays`],
        sentence: `${rule.storageClass} is charged for ${least} days, and ${then} comes after ${stays}`,
        remedy: `pulumi config rm --path 'vault.tiers[${at}]'`,
      });
    const isColder =
      next.storageClass === undefined || minimumDays[next.storageClass as keyof typeof minimumDays] > least;
    if (!isColder)
      found.push({
        keys: [`tiers[${at + 1}].class`],
        sentence: `${then} after ${rule.storageClass} is no colder: objects never become warmer by a rule`,
        remedy: `pulumi config rm --path 'vault.tiers[${at + 1}]'`,
      });
  }
  return found;
};

/** Backups come as often as the objective wants them. */
export const judgeObjective: Judgement = ({ everyMinutes, objectiveMinutes }) =>
  objectiveMinutes !== undefined && everyMinutes > objectiveMinutes
    ? [
        {
          keys: ["everyMinutes", "objectiveMinutes"],
          sentence: `a backup every ${everyMinutes} minutes loses more than the ${objectiveMinutes} that may be lost`,
          remedy: `pulumi config set --path vault.everyMinutes ${objectiveMinutes}`,
        },
      ]
    : [];
