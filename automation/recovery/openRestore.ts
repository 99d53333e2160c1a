import { checkKubeconfig } from "../../components/access/kubeconfig/kubeconfig";
import { FailedError, UserError } from "../../components/errors";
import { openSubstrate } from "../../components/openSubstrate";
import { ARGUMENTS_FORMAT, type Operation, type StepArguments } from "../../components/procedure/arguments";
import { mergeCopies } from "../../components/procedure/ledger";
import type { LedgerRecord } from "../../components/procedure/ledgerRecord";
import { absolutePath } from "../commandLine/homePath";
import type { RecoveryOptions } from "./recoveryCommand";

/** A restore that is found by its ledger alone, and what its steps are told. */
export interface OpenRestore {
  readonly ledger: LedgerRecord;
  readonly arguments: StepArguments;
  /** Names of its cluster's etcd members. */
  readonly members: readonly string[];
}

/**
 * Finds the restore by its ledger. Kubeconfigs are looked at first, as a stack does.
 *
 * @throws UserError when a kubeconfig cannot be used, there is no ledger, or it is not one of this program's;
 *   FailedError when the cluster could not be asked
 */
export async function openRestore(options: RecoveryOptions): Promise<OpenRestore> {
  const { adminContext, namespace, allowInsecure = [] } = options;
  const adminKubeconfig = absolutePath(options.adminKubeconfig);
  const userKubeconfig =
    options.userKubeconfig === undefined ? undefined : absolutePath(options.userKubeconfig);
  const context = adminContext === undefined ? {} : { context: adminContext };
  checkKubeconfig({ path: adminKubeconfig, key: "--admin-kubeconfig", allowInsecure, ...context });
  if (userKubeconfig !== undefined)
    checkKubeconfig({ path: userKubeconfig, key: "--user-kubeconfig", allowInsecure });
  const substrate = {
    ...{ kind: "hosted", namespace, adminKubeconfig },
    ...(adminContext === undefined ? {} : { adminContext }),
    ...(userKubeconfig === undefined ? {} : { userKubeconfig }),
  };
  const common = { format: ARGUMENTS_FORMAT, request: {}, substrate };
  const { ledger, members } = await readLedger({ ...common, operation: "restore", id: "" });
  return { ledger, arguments: { ...common, operation: operationOf(ledger), id: ledger.id }, members };
}

/** Of a roll-back the table is another one's, of its steps after the last look none. */
function operationOf({ kind, rollback }: LedgerRecord): Operation {
  if (kind === "repair") return "repair";
  return rollback === undefined ? "restore" : "rollback";
}

/** @throws UserError when there is none, or when it is not one of this program's; FailedError when it could not be asked */
export async function readLedger(args: StepArguments): Promise<Pick<OpenRestore, "ledger" | "members">> {
  const { namespace } = args.substrate as unknown as { readonly namespace: string };
  const none = `--namespace ${namespace}: has no ledger: no restore was ever opened there.`;
  try {
    const substrate = await openSubstrate(args, "recovery", () => undefined);
    try {
      const ledger = mergeCopies(await substrate.ledger.read());
      if (ledger === undefined) throw new UserError(none);
      return { ledger, members: substrate.members.map(({ name }) => name) };
    } finally {
      substrate.close();
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new FailedError(
      `--admin-kubeconfig: the admin cluster could not be asked: ${(cause as Error).message}`,
    );
  }
}
