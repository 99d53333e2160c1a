import { ApiClient } from "../access/apiClient";
import { type ClusterApi, clusterApi } from "../access/clusterApi";
import { keepKubeconfig } from "../access/kubeconfig/kubeconfigText";
import { FailedError } from "../errors";
import type { UserApi } from "../procedure/substrate";
import type { NodesContext } from "./nodesContext";

/** The cluster's own address, by the given kubeconfig, else by the first machine's own that can be had. */
export function nodesUserApi(context: NodesContext): ClusterApi & Pick<UserApi, "hosted"> {
  const { access, userAgent } = context;
  const api = clusterApi(access.userKubeconfig ?? (() => kubeconfigOf(context)), (kubeconfig) =>
    ApiClient.open({ kubeconfig, key: "userKubeconfig", userAgent }),
  );
  return {
    ...api,
    clusterUid: () => api.clusterUid().catch(noneWithoutKubeconfig),
    hosted: () => api.controlPlanes().catch(noneWithoutKubeconfig),
  };
}

/** A machine that has lost its own says no UID; what has to be asked for certain is asked in another way. */
function noneWithoutKubeconfig(cause: unknown): undefined {
  if (!(cause instanceof NoKubeconfigError)) throw cause;
}

/** The machine's own kubeconfig cannot be had. */
class NoKubeconfigError extends FailedError {}

/** It goes from the machine, by default the first, into this process's memory. */
export async function kubeconfigOf(
  { access, machines, profile }: NodesContext,
  machine = access.machines[0]?.name ?? "",
): Promise<string> {
  const script = { text: 'cat "$1"', argv: [profile.adminKubeconfig] };
  const { code, stdout, stderr } = await machines.run(machine, script, 30);
  const at = access.machines.findIndex(({ name }) => name === machine);
  if (code === 0) return keepKubeconfig(at > 0 ? `adminConf${at}` : "adminConf", stdout);
  throw new NoKubeconfigError(
    `machine ${machine}: ${profile.adminKubeconfig} cannot be read: ${stderr.trim()}.`,
    "Give a kubeconfig: pulumi config set userKubeconfig PATH",
  );
}
