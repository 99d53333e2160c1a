import type { ScaledWorkload } from "../fence";
import { type LedgerRecord, reached } from "../ledgerRecord";
import type { QuarantinedWorkload } from "../quarantineRecord";
import { failed, type Refusal, refused } from "../refusal";
import type { Request } from "../request";

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

/** Whether what is asked for is what the operation has begun with: for that alone it was asked whether it can be fenced. */
export function judgeWished({ id, quarantine }: LedgerRecord, request: Request): Refusal | undefined {
  // Without its stack nobody is told what is asked for.
  const isTold = request.snapshot !== undefined || request.rollback !== undefined;
  const listed = (wanted: readonly string[] = []) => [...wanted].sort().join(", ") || "nothing";
  const [begun, asked] = [listed(quarantine?.wanted), listed(request.quarantine)];
  if (!isTold || begun === asked) return undefined;
  return refused(
    "quarantine-changed",
    `restore.quarantine: it names ${asked}, but restore ${id} has begun with ${begun}`,
    "Set it as it was, then 'pulumi up' goes on. 'pulumi destroy' goes back; the same id may begin anew then.",
  );
}

/**
 * A stack declares the steps of a quarantine while its configuration names one. Without them the fence, which the ledger
 * asks for, would stand for ever.
 *
 * @param mark that the step which must be done sets
 */
export function judgeFenceStep(record: LedgerRecord, mark: "fencing" | "opening"): Refusal | undefined {
  const { id, quarantine } = record;
  const wanted = quarantine?.wanted ?? [];
  if (wanted.length === 0 || reached(record, mark)) return undefined;
  const step = mark === "fencing" ? "fence" : "open-fence";
  return leftOut(
    wanted,
    `restore ${id} has begun with ${wanted.join(", ")}, and its step ${step} was not run: its API servers would answer to nobody`,
  );
}

/**
 * The same by what is there: the mark of opening is set before the first machine is opened, and a run may have ended there.
 *
 * @param closed machines whose API server is behind the fence still
 */
export function judgeOpened(
  { id, quarantine }: Pick<LedgerRecord, "id" | "quarantine">,
  closed: readonly string[],
): Refusal | undefined {
  if (closed.length === 0) return undefined;
  return leftOut(
    quarantine?.wanted ?? [],
    `the fence of restore ${id} is not open on ${closed.join(", ")}: its step open-fence has not ended, and API servers would answer to nobody`,
  );
}

function leftOut(wanted: readonly string[], what: string): Refusal {
  const set = wanted.map((wish, n) => `pulumi config set --path 'restore.quarantine[${n}]' '${wish}'`);
  return failed(
    "quarantine-left-out",
    `restore.quarantine: ${what}`,
    `${set.join(" && ")}; then 'pulumi up' goes on. 'pulumi destroy' goes back.`,
  );
}
