import { resolve } from "node:path";
import { Command } from "commander";
import { UserError } from "../../components/errors";
import { openSubstrate } from "../../components/hosted/openSubstrate";
import { ARGUMENTS_FORMAT, type Operation, type StepArguments } from "../../components/procedure/arguments";
import { mergeCopies } from "../../components/procedure/ledger";
import type { LedgerRecord } from "../../components/procedure/ledgerRecord";

interface RecoveryOptions {
  readonly adminKubeconfig: string;
  readonly adminContext?: string;
  readonly userKubeconfig?: string;
  readonly namespace: string;
}

/** A restore that is found by its ledger alone, and what its steps are told. */
export interface OpenRestore {
  readonly ledger: LedgerRecord;
  readonly arguments: StepArguments;
}

/** A command that works on the restore whose ledger lies in a namespace of the admin cluster. */
export function recoveryCommand(
  name: string,
  description: string,
  work: (restore: OpenRestore) => Promise<void>,
): Command {
  return new Command(name)
    .description(description)
    .requiredOption("--admin-kubeconfig <path>", "kubeconfig for the admin cluster")
    .option("--admin-context <name>", "context in it")
    .option(
      "--user-kubeconfig <path>",
      "kubeconfig for the user cluster: its own address is asked at the end",
    )
    .requiredOption("--namespace <name>", "the user cluster's namespace")
    .action(async (options: RecoveryOptions) => work(await openRestore(options)));
}

async function openRestore(options: RecoveryOptions): Promise<OpenRestore> {
  const { adminContext, userKubeconfig, namespace } = options;
  const substrate = {
    kind: "hosted",
    namespace,
    adminKubeconfig: resolve(options.adminKubeconfig),
    ...(adminContext === undefined ? {} : { adminContext }),
    ...(userKubeconfig === undefined ? {} : { userKubeconfig: resolve(userKubeconfig) }),
  };
  const common = { format: ARGUMENTS_FORMAT, request: {}, substrate };
  const ledger = await readLedger({ ...common, operation: "restore", id: "" });
  return { ledger, arguments: { ...common, operation: operationOf(ledger), id: ledger.id } };
}

/** Of a roll-back the table is another one's, of its steps after the last look none. */
function operationOf({ kind, rollback }: LedgerRecord): Operation {
  if (kind === "repair") return "repair";
  return rollback === undefined ? "restore" : "rollback";
}

/** @throws UserError when there is none, when it is not one of this program's, or the cluster could not be asked */
async function readLedger(args: StepArguments): Promise<LedgerRecord> {
  const { namespace } = args.substrate as unknown as { readonly namespace: string };
  const none = `--namespace ${namespace}: holds no ledger: no restore was ever opened there.`;
  const substrate = await openSubstrate(args, "recovery", () => undefined).catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause;
    throw new UserError(
      `--admin-kubeconfig: the admin cluster could not be asked: ${(cause as Error).message}`,
    );
  });
  try {
    const record = mergeCopies(await substrate.ledger.read());
    if (record === undefined) throw new UserError(none);
    return record;
  } finally {
    substrate.close();
  }
}
