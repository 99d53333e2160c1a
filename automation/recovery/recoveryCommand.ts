import { resolve } from "node:path";
import { Command } from "commander";
import { accessEnvironment, type ClusterAccess } from "../../components/hosted/clusterEnvironment";
import { type Ledger, readLedger } from "./ledger";

interface RecoveryOptions {
  readonly adminKubeconfig: string;
  readonly adminContext?: string;
  readonly userKubeconfig?: string;
  readonly namespace: string;
}

/** A restore that is found by its ledger alone, and what its steps read. */
export interface OpenRestore {
  readonly ledger: Ledger;
  readonly environment: Readonly<Record<string, string>>;
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
  const access: ClusterAccess = {
    namespace,
    adminKubeconfig: resolve(options.adminKubeconfig),
    ...(adminContext === undefined ? {} : { adminContext }),
    ...(userKubeconfig === undefined ? {} : { userKubeconfig: resolve(userKubeconfig) }),
  };
  const ledger = await readLedger(access);
  return {
    ledger,
    environment: { ...accessEnvironment(access), ...ledger.names, RESTORE_ID: ledger.id },
  };
}
