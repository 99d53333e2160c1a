import { isBound, type LedgerRecord } from "../ledgerRecord";
import { type Refusal, refused } from "../refusal";
import { pkiWords, type Request } from "../request";

/**
 * Whether what is asked for, a snapshot or what an earlier restore put aside, is what the ledger has. While the ledger is
 * open another is staged anew; afterwards it is refused: what is restored, and what the report names, would be two.
 */
export function judgeSnapshot(
  record: LedgerRecord,
  { snapshot, rollback }: Pick<Request, "snapshot" | "rollback">,
): Refusal | undefined {
  const { id, phase, snapshot: bound } = record;
  if (!bound) return undefined;
  if (snapshot !== undefined && bound !== snapshot.sha256)
    return changed(
      record,
      "restore.snapshot",
      `${snapshot.path} has SHA-256 ${snapshot.sha256}, but restore ${id} is of another snapshot, with SHA-256 ${bound} (it is ${phase})`,
    );
  if (rollback === undefined || rollback === record.rollback) return undefined;
  const source =
    record.rollback === undefined
      ? `a snapshot, with SHA-256 ${bound}`
      : `what restore ${record.rollback} put aside`;
  return changed(
    record,
    "restore.rollback",
    `${rollback}, but restore ${id} is of ${source} (it is ${phase})`,
  );
}

const changed = ({ id, rollback }: LedgerRecord, key: string, what: string): Refusal =>
  refused(
    "snapshot-changed",
    `${key}: ${what}`,
    `Set restore.${rollback === undefined ? "snapshot" : "rollback"} to that one again. For this one, finish or undo restore ${id} first, then: pulumi config set --path restore.id ${id}-2`,
  );

/**
 * The same of the members' keys, until the commit: keys of some members, and not of the others, are no control plane.
 * Which ones a roll-back takes back is in the ledger alone: asked for is whether.
 */
export function judgeKeys(
  record: LedgerRecord,
  request: Pick<Request, "pki" | "previousPki">,
): Refusal | undefined {
  const { id, phase, pki } = record;
  const asked = request.previousPki === true ? (pki ?? "previous") : pkiWords(request);
  const sorted = (words = "") => words.split(" ").sort().join(" ");
  if (!isBound(record) || sorted(asked) === sorted(pki)) return undefined;
  const source = record.rollback === undefined ? "keys of a backup" : "previous keys";
  const named = (words: string | undefined) => (words === undefined ? "no keys" : source);
  const others = asked !== undefined && pki !== undefined ? "other keys" : named(asked);
  return refused(
    "pki-changed",
    `restore.pki: it names ${others}, but restore ${id} has begun with ${named(pki)} (it is ${phase})`,
    `Set it as it was, then 'pulumi up' goes on; or go back: pulumi destroy, pulumi config set --path restore.id ${id}-2`,
  );
}
