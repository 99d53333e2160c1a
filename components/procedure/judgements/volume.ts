import type { MemberState } from "../../member/memberAnswers";
import { type Refusal, refused } from "../refusal";
import { usedBefore } from "./lock";

/** etcd's first log. */
const LOG_BYTES = 64 * 2 ** 20;
const GIB = 2 ** 30;

/** Whether the volume is marked by an operation of this id that is over, or was undone. */
export function judgeFormerUse(
  member: string,
  { phase }: Pick<MemberState, "phase">,
  id: string,
): Refusal | undefined {
  return phase === "new" || phase === "received" || phase === "staged"
    ? undefined
    : usedBefore(id, ` on the volume of ${member}`);
}

/**
 * Whether a volume is the one that the operation has staged on: an etcd that starts on the directory below a mount that is
 * not there founds an empty cluster.
 *
 * @returns why not, as part of a sentence
 */
export function judgeKnown({ phase }: Pick<MemberState, "phase">, id: string): string | undefined {
  if (phase !== "new") return undefined;
  return `its data directory knows nothing of restore ${id}, which has staged there: is its disk mounted? (a new one for good: mkdir -p .etcd-recovery/${id} in it, and touch .etcd-recovery/${id}/undone)`;
}

/** What is swapped is a directory, by renaming: what does not go along would be the former member's beside the new data. */
export function judgeFixed(member: string, { fixed }: Pick<MemberState, "fixed">): Refusal | undefined {
  if (fixed === undefined) return undefined;
  const isMount = fixed.startsWith("mount ");
  const what = isMount
    ? "is a mount of its own: it stays when the data is put aside by renaming, and comes back over the restored member"
    : "is a link: what it leads to stays when the data is put aside by renaming";
  const way = isMount ? "cp -a, umount, and take it out of /etc/fstab" : "cp -a, rm, mv";
  return refused(
    "data-fixed",
    `member ${member}: ${fixed.replace(/^\w+ /, "")} ${what}`,
    `Stop that etcd, make it a plain directory with the same content (${way}), and start it again.`,
  );
}

/** What an unused volume must have, in bytes. */
export interface SpaceFacts {
  /** Of what is restored. */
  readonly size: number;
  /** That a new file can take. */
  readonly available: number;
  /** Of the volume. */
  readonly total: number;
}

/** Bytes that stay free for the etcd that serves meanwhile: it writes on, and stops when nothing is left. */
export const marginOf = (total: number): number => Math.min(Math.floor(total / 20), GIB);

/** The stream, the restored database and its first log, beside the live data, which must go on. */
export function judgeSpace(member: string, { size, available, total }: SpaceFacts): Refusal | undefined {
  const needed = 2 * size + LOG_BYTES;
  const margin = marginOf(total);
  if (available - needed >= margin) return undefined;
  return refused(
    "volume-full",
    `member ${member}: its volume has ${available} bytes free, staging needs ${needed}, and ${margin} must stay free for the etcd that serves from it`,
    "Enlarge it, or remove old member.pre-* directories.",
  );
}
