import { z } from "zod";
import { UserError } from "../../components/errors";
import type { ClusterAccess } from "../../components/hosted/clusterEnvironment";
import { kubectl } from "../../components/hosted/kubectl";

/** What the commands read of a ledger; the scripts read the rest themselves (components/restore/scripts/operator/ledger.sh). */
export interface Ledger {
  /** Id of the restore that holds it. */
  readonly id: string;
  readonly phase: string;
  /** What the operation is: all members from a snapshot, or one member beside a quorum. */
  readonly kind: "restore" | "repair";
  /** Names of the cluster's parts as the restore had them, overrides included: what the scripts read of a cluster. */
  readonly names: Readonly<Record<string, string>>;
}

const ledgerData = z.object({
  id: z.string(),
  phase: z.string(),
  kind: z.enum(["restore", "repair"]).default("restore"),
  names: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(z.record(z.string(), z.string())),
});

/**
 * Reads the ledger of a user cluster.
 *
 * @throws UserError when there is none, when it is not one of this program's, or the admin cluster could not be asked
 */
export async function readLedger(access: ClusterAccess): Promise<Ledger> {
  const text = await askFor(access);
  if (text === "") {
    throw new UserError(
      `--namespace ${access.namespace}: holds no ledger: no restore was ever opened there.`,
    );
  }
  const data = ledgerData.safeParse(JSON.parse(text).data);
  if (!data.success) {
    throw new UserError(
      `ConfigMap ${access.namespace}/etcd-recovery: is no ledger that this version wrote.`,
      `Look: kubectl --namespace ${access.namespace} get configmap etcd-recovery -o yaml`,
    );
  }
  return data.data;
}

async function askFor(access: ClusterAccess): Promise<string> {
  const get = ["get", "configmap", "etcd-recovery", "--ignore-not-found", "--request-timeout=20s"];
  try {
    return await kubectl(access, [...get, "-o", "json"], 30);
  } catch (error) {
    throw new UserError(
      `--admin-kubeconfig: the admin cluster could not be asked: ${(error as Error).message}`,
    );
  }
}
