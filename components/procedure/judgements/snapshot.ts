import type { LedgerRecord } from "../ledgerRecord";
import { type Refusal, refused } from "../refusal";
import type { Request } from "../request";

/**
 * Whether the snapshot that is asked for is the one that the ledger has. While the ledger is open another is staged anew;
 * afterwards it is refused: what is restored, and what the report names, would be two.
 */
export function judgeSnapshot(
  record: LedgerRecord,
  { snapshot }: Pick<Request, "snapshot">,
): Refusal | undefined {
  const bound = record.snapshot;
  if (snapshot === undefined || bound === undefined || bound === "" || bound === snapshot.sha256)
    return undefined;
  return refused(
    "snapshot-changed",
    `restore.snapshot: ${snapshot.path} has SHA-256 ${snapshot.sha256}, but restore ${record.id} is of another snapshot, with SHA-256 ${bound} (it is ${record.phase})`,
    `Set restore.snapshot to that one again. For this one, finish or undo restore ${record.id} first, then: pulumi config set --path restore.id ${record.id}-2`,
  );
}
