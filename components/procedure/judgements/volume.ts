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
