import type { HostedCluster } from "../hosted/hostedCluster";
import { kubectl } from "../hosted/kubectl";

const SECONDS = 15;
/** Until then etcd serves what it served before. */
const UNTOUCHED = new Set(["", "open", "undone"]);

/**
 * How far a restore has come, once its cluster is no longer as it was found; undefined before that.
 *
 * @throws Error when the admin cluster cannot be asked
 */
export async function settledPhase(cluster: HostedCluster, id: string): Promise<string | undefined> {
  const get = ["get", "configmap", "--ignore-not-found", "--request-timeout", `${SECONDS - 5}s`];
  // The ledger, and where it lies when another restore has followed (scripts/operator/ledger.sh).
  const fields = ["-o", "jsonpath={.data.id} {.data.phase}"];
  for (const name of ["etcd-recovery", `etcd-recovery-${id}`]) {
    const [holder, phase = ""] = (await kubectl(cluster, [...get, ...fields, name], SECONDS)).split(" ");
    if (holder === id) return UNTOUCHED.has(phase) ? undefined : phase;
  }
  return undefined;
}
