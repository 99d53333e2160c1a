import type { PreviousCopy } from "../../member/memberAnswers";
import type { LedgerRecord } from "../ledgerRecord";
import { type Refusal, refused } from "../refusal";

/** What lies on one member's volume. */
export interface MemberCopy {
  readonly member: string;
  readonly copy: PreviousCopy;
}

/** A copy that can be read. */
export interface ReadableCopy {
  readonly member: string;
  readonly size: number;
  readonly sha256: string;
  readonly revision: string;
  readonly wal: "older" | "newer";
}

const INSTEAD =
  "Nothing was changed. Restore a snapshot instead: pulumi config rm --path restore.rollback && pulumi config set --path restore.snapshot FILE";

/** Members whose copy nothing there can read: a program has to be brought. */
export const unproven = (copies: readonly MemberCopy[]): readonly string[] =>
  copies.filter(({ copy }) => copy.previous === "unproven").map(({ member }) => member);

/** The account of one copy. */
export function copyNote({ member, copy }: MemberCopy, from: string): string {
  switch (copy.previous) {
    case "kept":
      return `${member}: restore ${from} put aside ${copy.size} bytes at revision ${copy.revision} (SHA-256 ${copy.sha256}, owner ${copy.owner})`;
    case "damaged":
      return `${member}: what restore ${from} put aside cannot be read: ${copy.problem}`;
    case "unproven":
      return `${member}: restore ${from} put aside ${copy.size} bytes: ${copy.problem}`;
    case "none":
      return `${member}: restore ${from} put nothing aside here`;
  }
}

/**
 * The copy that all members are staged from: the one of the highest revision. All members applied one log, each a part from
 * its beginning, so that copy holds what any other holds. Of equal ones that of a member that was stopped, not killed.
 */
export function choosePrevious(copies: readonly MemberCopy[]): ReadableCopy | undefined {
  const readable = copies.flatMap(({ member, copy }): ReadableCopy[] => {
    if (copy.previous !== "kept") return [];
    const { size, sha256, revision, wal } = copy;
    return [{ member, size, sha256, revision, wal }];
  });
  return readable.sort(byPreference)[0];
}

function byPreference(a: ReadableCopy, b: ReadableCopy): number {
  const difference = BigInt(b.revision) - BigInt(a.revision);
  if (difference !== 0n) return difference > 0n ? 1 : -1;
  return Number(a.wal === "newer") - Number(b.wal === "newer");
}

/** Whether any copy can serve; a copy that cannot be read is none. */
export function judgeCopies(copies: readonly MemberCopy[], from: string): Refusal | undefined {
  if (copies.some(({ copy }) => copy.previous === "kept" || copy.previous === "unproven")) return undefined;
  if (copies.some(({ copy }) => copy.previous === "damaged"))
    return refused(
      "previous-damaged",
      `restore.rollback: what restore ${from} put aside is damaged or absent on every member (see above)`,
      INSTEAD,
    );
  return refused(
    "previous-none",
    `restore.rollback: no volume holds anything that restore ${from} put aside`,
    INSTEAD,
  );
}

/** Copies that nothing can read are not damaged: what is missing is the program. */
export function judgeReadable(
  copies: readonly MemberCopy[],
  from: string,
  image: string,
  remedy: string,
): Refusal | undefined {
  const members = unproven(copies);
  if (members.length === 0) return undefined;
  return refused(
    "previous-unproven",
    `utilityImage: ${image}: nothing in it can read what restore ${from} put aside (${members.join(", ")}): it has neither etcdutl nor an etcdctl before 3.6`,
    remedy,
  );
}

/**
 * What the cluster had when that restore began is a lower bound. Less means that the newest copy is among those that
 * cannot be read, or that etcd died before it wrote all of its log into its database.
 */
export function previousBehind(
  revision: string,
  known: string | undefined,
  from: string,
): string | undefined {
  if (BigInt(revision) >= BigInt(known ?? "0")) return undefined;
  return `what restore ${from} put aside reaches revision ${revision}, but the cluster was at ${known} when that restore began: later writes are in no database that can be read`;
}

/**
 * What a roll-back leaves as that restore made it: previous data needs no keys of its own, and older ones may be none.
 *
 * @param taken whether keys are rolled back too
 */
export function keysStay(
  record: Pick<LedgerRecord, "id" | "pki"> | undefined,
  taken: boolean,
): string | undefined {
  if (record?.pki === undefined || taken) return undefined;
  return `restore.rollback: restore ${record.id} brought keys and certificates back too: they stay as they are, only data is rolled back; what it put aside of them stays beside them until restore.finalize. To roll them back too: pulumi config set --path restore.pki.previous true`;
}

/** @param behind of {@link previousBehind}. @param reason that the user gave, beside that it is a roll-back */
export function judgePrevious(behind: string | undefined, reason: string | undefined): Refusal | undefined {
  if (behind === undefined || reason !== undefined) return undefined;
  return refused(
    "previous-behind",
    `restore.rollback: ${behind}`,
    "If that is meant: pulumi config set --path restore.reason 'why'. Else restore a snapshot (restore.snapshot).",
  );
}
