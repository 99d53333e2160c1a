import { ApiClient } from "../access/apiClient";
import { type ClusterApi, clusterApi } from "../access/clusterApi";
import { fileOfKubeconfig } from "../access/kubeconfig/kubeconfigText";
import { FailedError } from "../errors";
import type { NodesContext } from "./nodesContext";

/** The cluster's own address, by the given kubeconfig, else by the first machine's own that can be had. */
export function nodesUserApi(context: NodesContext): ClusterApi {
  const { access, userAgent } = context;
  const api = clusterApi(access.userKubeconfig ?? (() => kubeconfigOf(context)), (kubeconfig) =>
    ApiClient.open({ kubeconfig, key: "userKubeconfig", userAgent }),
  );
  return { ...api, clusterUid: () => api.clusterUid().catch(noneWithoutKubeconfig) };
}

/** A machine that has lost its own says no UID; what has to be asked for certain is asked in another way. */
function noneWithoutKubeconfig(cause: unknown): undefined {
  if (!(cause instanceof NoKubeconfigError)) throw cause;
}

/** The machine's own kubeconfig cannot be had. */
class NoKubeconfigError extends FailedError {}

/** It goes from the machine into a file of this process's own, which goes with it. */
export async function kubeconfigOf({ access, machines, profile }: NodesContext): Promise<string> {
  const script = { text: 'cat "$1"', argv: [profile.adminKubeconfig] };
  const [first] = access.machines;
  const { code, stdout, stderr } = await machines.run(first?.name ?? "", script, 30);
  if (code === 0) return fileOfKubeconfig("adminConf", stdout);
  throw new NoKubeconfigError(
    `machine ${first?.name}: ${profile.adminKubeconfig} cannot be read: ${stderr.trim()}.`,
    "Give a kubeconfig: pulumi config set userKubeconfig PATH",
  );
}
