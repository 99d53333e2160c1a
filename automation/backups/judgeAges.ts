import { ageText, type ClusterBackups } from "../../store/catalog";

/** Whether a cluster's backups meet an objective. */
export interface AgeVerdict {
  readonly cluster: string;
  readonly isMet: boolean;
  /** Key of the newest verified one. */
  readonly newest?: string;
  readonly ageSeconds?: number;
  /** Why not. */
  readonly reason?: string;
}

/** A backup from the future proves nothing: a clock is wrong. */
const AHEAD_SECONDS = 300;

/** What the ages are judged by. */
export interface AgeObjective {
  /** In seconds. */
  readonly objective: number;
  /** A cluster that must be there. */
  readonly expected?: string | undefined;
  /** What is wrong with the newest backups of clusters, where somebody has read them. */
  readonly problems?: ReadonlyMap<string, string>;
}

/** Judges how old the newest verified backups are. Pure. */
export function judgeAges(
  clusters: readonly ClusterBackups[],
  { objective, expected, problems = new Map() }: AgeObjective,
): readonly AgeVerdict[] {
  const missing = expected !== undefined && !clusters.some(({ cluster }) => cluster === expected);
  return [
    ...clusters.map((cluster) => judge(cluster, objective, problems.get(cluster.cluster))),
    ...(missing ? [{ cluster: expected, isMet: false, reason: "it has no backups here" }] : []),
  ];
}

function judge(
  { cluster, backups, newest, ageSeconds = 0, drilled }: ClusterBackups,
  objective: number,
  problem: string | undefined,
): AgeVerdict {
  if (newest === undefined) {
    const states = [...new Set(backups.map(({ state }) => state))].join(", ");
    return { cluster, isMet: false, reason: `no backup of it may be restored: all are ${states}` };
  }
  const known = { cluster, newest: newest.key, ageSeconds };
  if (problem !== undefined) return { ...known, isMet: false, reason: problem };
  const corrupt = backups.find(({ time, state }) => state === "corrupt" && time > newest.time);
  if (corrupt !== undefined)
    return { ...known, isMet: false, reason: `a newer one is corrupt: ${corrupt.key}: ${corrupt.reason}` };
  if (drilled?.drill?.outcome === "failed")
    return {
      ...known,
      isMet: false,
      reason: `the newest drill failed: ${drilled.key}: ${drilled.drill.sentence}`,
    };
  if (ageSeconds < -AHEAD_SECONDS) return { ...known, isMet: false, reason: "its time lies in the future" };
  if (ageSeconds <= objective) return { ...known, isMet: true };
  return { ...known, isMet: false, reason: `it may be ${ageText(objective)} old` };
}
