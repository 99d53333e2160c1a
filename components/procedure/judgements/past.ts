import { isOver, type LedgerRecord } from "../ledgerRecord";
import { failed, type Refusal, refused } from "../refusal";
import type { Advice } from "../substrate";
import { heldBy } from "./lock";

/** What is known of an earlier restore that a setting names. */
export interface PastFacts {
  /** The setting, e.g. "restore.rollback". */
  readonly key: string;
  readonly id: string;
  /** Its ledger; undefined: there is none. */
  readonly record: LedgerRecord | undefined;
  /** Ids of restores whose previous data is there. */
  readonly kept: readonly string[];
  /** Members as configured now. */
  readonly members: readonly string[];
  /** How an operation that is under way is ended. */
  readonly twoWaysOut: string;
}

const setKey = (key: string): string => `pulumi config set --path ${key} ID`;

const listed = (kept: readonly string[]): string =>
  `restores with previous data: ${kept.length === 0 ? "none" : kept.join(" ")}`;

/**
 * The restore that the setting names is over, and its members are those of now; "kept": it is finished, and its previous
 * data is still there as far as its ledger knows, too.
 */
export function judgePast(facts: PastFacts, demanded: "over" | "kept"): Refusal | undefined {
  const { record } = facts;
  if (demanded === "over" && record?.phase === "undone")
    return judgeFinished({ ...facts, record: { ...record, phase: "finished" } });
  return judgeFinished(facts) ?? (demanded === "kept" ? judgeKept(facts) : undefined);
}

function judgeFinished({ key, id, record, kept, members, twoWaysOut }: PastFacts): Refusal | undefined {
  if (record === undefined)
    return refused("past-unknown", `${key}: this cluster has no restore ${id}; ${listed(kept)}`, setKey(key));
  if (record.phase === "undone")
    return refused(
      "past-undone",
      `${key}: restore ${id} was undone: what it had put aside is back in its place; ${listed(kept)}`,
      setKey(key),
    );
  if (record.phase !== "finished")
    return refused("past-open", `${key}: restore ${id} is not finished (it is ${record.phase})`, twoWaysOut);
  const were = membersIn(record.names);
  if (were === undefined || were.count === members.length) return undefined;
  return refused(
    "past-members",
    `members: restore ${id} was of ${were.said}, the configuration says ${members.join(" ")}`,
    `pulumi config set members ${were.count}`,
  );
}

function judgeKept({ key, id, record, kept }: PastFacts): Refusal | undefined {
  if (record?.kind === "repair")
    return failed(
      "past-repair",
      `${key}: ${id} was the repair of one member: what it put aside cannot serve again`,
      setKey(key),
    );
  const removed = record?.times.finalizing;
  if (removed === undefined) return undefined;
  return refused(
    "past-removed",
    `${key}: the previous data of restore ${id} was removed at ${removed} (restore.finalize); ${listed(kept)}`,
    setKey(key),
  );
}

/** Nothing is removed while an operation is under way. */
export function judgeNoneOpen(
  record: LedgerRecord | undefined,
  advice: Pick<Advice, "place" | "twoWaysOut">,
  now = new Date(),
): Refusal | undefined {
  if (record === undefined || isOver(record)) return undefined;
  const held = heldBy(record, now, advice);
  return { ...held, message: `${held.message}: nothing is removed meanwhile` };
}

/** How many members an operation was of, where a substrate's own text says it; undefined where it does not. */
export function membersIn(names: string): { readonly count: number; readonly said: string } | undefined {
  try {
    const { MEMBERS, members } = JSON.parse(names) as { MEMBERS?: unknown; members?: unknown };
    if (typeof MEMBERS === "string") return { count: MEMBERS.split(" ").length, said: MEMBERS };
    return typeof members === "number" ? { count: members, said: `${members} members` } : undefined;
  } catch {
    return undefined;
  }
}
