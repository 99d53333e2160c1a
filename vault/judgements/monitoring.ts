import type { Contradiction, Judgement } from "./judgement";

/** An alert fires when something is wrong, before more is lost than may be, and not between any two backups. */
export const judgeMonitoring: Judgement = (settings, { alertAgeMinutes }) => {
  const { monitoring, federation, everyMinutes, objectiveMinutes } = settings;
  const found: Contradiction[] = [];
  if (federation?.watcher !== undefined && monitoring === undefined)
    found.push({
      keys: ["federation.watcher"],
      sentence: "there is no such identity without vault.monitoring",
      remedy: "pulumi config rm --path vault.federation.watcher",
    });
  if (monitoring === undefined || alertAgeMinutes === undefined) return found;
  if (alertAgeMinutes <= everyMinutes)
    found.push({
      keys: ["monitoring.ageMinutes", "everyMinutes"],
      sentence: `the alert comes when the newest backup is ${alertAgeMinutes} minutes old, and there is one every ${everyMinutes}: it would come before each of them`,
      remedy:
        monitoring.ageMinutes === undefined || objectiveMinutes !== undefined
          ? `pulumi config set --path vault.everyMinutes ${Math.max(5, Math.floor(alertAgeMinutes / 2))}`
          : `pulumi config set --path vault.monitoring.ageMinutes ${2 * everyMinutes}`,
    });
  if (objectiveMinutes !== undefined && alertAgeMinutes > objectiveMinutes)
    found.push({
      keys: ["monitoring.ageMinutes", "objectiveMinutes"],
      sentence: `the alert comes at ${alertAgeMinutes} minutes, when more is lost than the ${objectiveMinutes} that may be`,
      remedy: "pulumi config rm --path vault.monitoring.ageMinutes",
    });
  return found;
};
