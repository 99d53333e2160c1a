import type { ScaledWorkload } from "../fence";
import type { QuarantinedWorkload } from "../quarantineRecord";

/** What is to be put under quarantine, and what there is to say about it. */
export interface QuarantineDecision {
  /** With the numbers that are given back one day; what was recorded before stands. */
  readonly workloads: readonly QuarantinedWorkload[];
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** Whether a wish, `namespace/Kind/name` with `*` for any part, names this workload. */
export function isWished(wish: string, name: string): boolean {
  const [wanted, found] = [wish.split("/"), name.split("/")];
  return wanted.length === found.length && wanted.every((part, n) => matches(part, found[n] ?? ""));
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

/**
 * Chooses among the restored cluster's workloads. A number that an earlier run has written down is never replaced by the 0
 * that the same run made of it.
 */
export function decideQuarantine(
  wishes: readonly string[],
  found: readonly ScaledWorkload[],
  recorded: readonly QuarantinedWorkload[] = [],
): QuarantineDecision {
  const chosen = found.filter(({ name }) => wishes.some((wish) => isWished(wish, name)));
  const known = new Set(recorded.map(({ name }) => name));
  const fresh = chosen
    .filter(({ name, owner }) => !known.has(name) && !isPartOf(owner, name, chosen))
    .map(({ name, replicas }) => ({ name, replicas }));
  const workloads = [...recorded, ...fresh].sort((a, b) => (a.name < b.name ? -1 : 1));
  const idle = wishes.filter((wish) => !chosen.some(({ name }) => isWished(wish, name)));
  const owned = chosen.filter(({ name, owner }) => owner !== undefined && !isPartOf(owner, name, chosen));
  return {
    workloads,
    notes: idle.map((wish) => `quarantine: the restored cluster has no ${wish}`),
    warnings: owned.map(({ name, owner }) => `${name} is owned by ${owner}, which may scale it back`),
  };
}

/** A ReplicaSet goes with the Deployment that it carries out. */
function isPartOf(owner: string | undefined, name: string, chosen: readonly ScaledWorkload[]): boolean {
  const [namespace = ""] = name.split("/");
  return owner !== undefined && chosen.some((one) => one.name === `${namespace}/${owner}`);
}

/** What is no more at 0 although nobody released it, a sentence each. */
export function brokenQuarantine(
  recorded: readonly QuarantinedWorkload[],
  found: readonly ScaledWorkload[],
): readonly string[] {
  return recorded.flatMap(({ name, released }) => {
    const now = found.find((one) => one.name === name);
    if (released !== undefined || now === undefined || now.replicas === 0) return [];
    const by = now.owner === undefined ? "" : `; it is owned by ${now.owner}`;
    return [`${name} is under quarantine, and something wants ${now.replicas} of it again${by}`];
  });
}
