import { ApiClient } from "../access/apiClient";
import { type ClusterApi, clusterApi, type OpenUserClient } from "../access/clusterApi";
import type { UserApi } from "../procedure/substrate";
import type { HostedContext } from "./hostedContext";

/** The user cluster's own address, by a connection of its own that ends with {@link ClusterApi.close}. */
export type HostedUserApi = UserApi & ClusterApi;

/** @param open for tests */
export function hostedUserApi(
  { access, userAgent }: Pick<HostedContext, "access" | "userAgent">,
  open: OpenUserClient = (kubeconfig) => ApiClient.open({ kubeconfig, key: "userKubeconfig", userAgent }),
): HostedUserApi {
  return clusterApi(access.userKubeconfig, open);
}
