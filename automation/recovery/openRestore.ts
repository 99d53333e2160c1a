import { FailedError, UserError } from "../../components/errors";
import { openSubstrate } from "../../components/openSubstrate";
import { ARGUMENTS_FORMAT, type Operation, type StepArguments } from "../../components/procedure/arguments";
import { mergeCopies } from "../../components/procedure/ledgerCopies";
import type { LedgerRecord } from "../../components/procedure/ledgerRecord";
import { inOwnWords } from "./ownWords";
import { type RecoveryAccess, recoveryAccess } from "./recoveryAccess";
import type { RecoveryOptions } from "./recoveryCommand";

/** A restore that is found by its ledger alone, and what its steps are told. */
export interface OpenRestore {
  readonly ledger: LedgerRecord;
  readonly arguments: StepArguments;
  /** Names of its cluster's etcd members. */
  readonly members: readonly string[];
  readonly access: RecoveryAccess;
}

/** What a cluster is opened for: to be looked at, or to be undone as it is then. */
export type RecoveryStep = "recovery" | "undo";

/**
 * Finds the restore by its ledger. Kubeconfigs and keys are looked at first, as a stack does.
 *
 * @param step that is to be carried out: an undo's cluster may be some of the machines alone
 * @throws UserError when one of these cannot be used, there is no ledger, or it is not one of this program's; FailedError
 *   when the cluster could not be asked
 */
export async function openRestore(
  options: RecoveryOptions,
  step: RecoveryStep = "recovery",
): Promise<OpenRestore> {
  const access = recoveryAccess(options);
  const common = { format: ARGUMENTS_FORMAT, request: {}, substrate: access.substrate };
  const { ledger, members } = await readLedger({ ...common, operation: "restore", id: "" }, access, step);
  return { ledger, arguments: { ...common, operation: operationOf(ledger), id: ledger.id }, members, access };
}

/** Of a roll-back the table is another one's, of its steps after the last look none. */
function operationOf({ kind, rollback }: LedgerRecord): Operation {
  if (kind === "repair") return "repair";
  return rollback === undefined ? "restore" : "rollback";
}

/** @throws UserError when there is none, or when it is not one of this program's; FailedError when it could not be asked */
export async function readLedger(
  args: StepArguments,
  { none, unasked }: RecoveryAccess,
  step: RecoveryStep = "recovery",
): Promise<Pick<OpenRestore, "ledger" | "members">> {
  try {
    const substrate = await openSubstrate(args, step, () => undefined);
    try {
      const ledger = mergeCopies(await substrate.ledger.read());
      if (ledger === undefined) throw new UserError(none);
      return { ledger, members: substrate.members.map(({ name }) => name) };
    } finally {
      substrate.close();
    }
  } catch (cause) {
    if (cause instanceof UserError) throw inOwnWords(cause);
    throw new FailedError(`${unasked}: ${(cause as Error).message}`);
  }
}
