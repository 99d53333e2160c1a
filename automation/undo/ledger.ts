import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { UserError } from "../../components/errors";

/** Where a ledger is to be found. */
export interface LedgerPlace {
  readonly adminKubeconfig: string;
  readonly adminContext?: string;
  readonly namespace: string;
}

/** What is read of it; the scripts read the rest themselves (components/restore/scripts/operator/ledger.sh). */
export interface Ledger {
  readonly id: string;
  readonly phase: string;
  readonly members: readonly string[];
}

/**
 * Reads the ledger of a user cluster.
 *
 * @throws UserError when there is none, or the admin cluster could not be asked
 */
export async function readLedger(place: LedgerPlace): Promise<Ledger> {
  const context = place.adminContext === undefined ? [] : ["--context", place.adminContext];
  const argv = [
    "--kubeconfig",
    place.adminKubeconfig,
    ...context,
    "--namespace",
    place.namespace,
    "get",
    "configmap",
  ];
  const ask = [...argv, "etcd-recovery", "--ignore-not-found", "--request-timeout=20s", "-o", "json"];
  const { stdout } = await promisify(execFile)("kubectl", ask, { timeout: 30_000 }).catch(
    (error: { stderr?: string }) => {
      throw new UserError(
        `--admin-kubeconfig: the admin cluster could not be asked: ${error.stderr?.trim() ?? "no kubectl"}.`,
      );
    },
  );
  if (stdout === "") {
    throw new UserError(`--namespace ${place.namespace}: holds no ledger: no restore was ever opened there.`);
  }
  const { id = "", phase = "", members = "" } = JSON.parse(stdout).data as Record<string, string>;
  return { id, phase, members: members.split(" ") };
}
