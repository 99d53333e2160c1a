import type { Contradiction, Judgement } from "./judgement";

/** What must be typed before a lock is declared that nobody can undo. */
export const lockPhrase = (bucket: string, days: number): string => `lock ${bucket} for ${days} days`;

/** A lock is for ever: it is declared on purpose or not at all. */
export const judgeLock: Judgement = ({ bucket, immutable }) => {
  if (immutable?.lock !== true) return [];
  const phrase = lockPhrase(bucket, immutable.days);
  if (immutable.confirm === phrase) return [];
  return [
    {
      keys: ["immutable.confirm"],
      sentence: "a lock cannot be undone or shortened by anybody, and is not confirmed",
      remedy: `pulumi config set --path vault.immutable.confirm '${phrase}'`,
    },
  ];
};

/** Whoever deletes by mistake, or on purpose, can be answered. */
export const judgeRecovery: Judgement = ({ softDeleteDays, versioning, immutable }) => {
  const found: Contradiction[] = [];
  if (softDeleteDays > 0 && softDeleteDays < 7)
    found.push({
      keys: ["softDeleteDays"],
      sentence: `soft delete is 0 or 7 to 90 days, not ${softDeleteDays}`,
      remedy: "pulumi config set --path vault.softDeleteDays 7",
    });
  if (softDeleteDays === 0 && !versioning && immutable === undefined)
    found.push({
      keys: ["softDeleteDays"],
      sentence: "nothing brings back what is deleted: no soft delete, no versions, nothing immutable",
      remedy: "pulumi config set --path vault.softDeleteDays 30",
    });
  if (versioning && immutable !== undefined)
    found.push({
      keys: ["versioning", "immutable"],
      sentence: "versions beside immutable objects are not known to work together, and add nothing to them",
      remedy: "pulumi config rm --path vault.versioning",
    });
  return found;
};
