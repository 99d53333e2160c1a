import type { HostedCluster } from "./hostedCluster";
import { membersOf } from "./hostedCluster";

/** How the scripts beside kubectl reach a cluster: as {@link HostedCluster} has it. */
export type ClusterAccess = Pick<
  HostedCluster,
  "namespace" | "adminKubeconfig" | "adminContext" | "userKubeconfig"
>;

/** What scripts beside kubectl read of a cluster (hosted/scripts/kube.sh). Only plain strings; no secret. */
export function clusterEnvironment(cluster: HostedCluster): Record<string, string> {
  return { ...accessEnvironment(cluster), ...namesEnvironment(cluster) };
}

/** Its part that differs from machine to machine. */
export function accessEnvironment(access: ClusterAccess): Record<string, string> {
  const { namespace, adminKubeconfig, adminContext, userKubeconfig } = access;
  return {
    NAMESPACE: namespace,
    KUBECONFIG: adminKubeconfig,
    ...(adminContext === undefined ? {} : { ADMIN_CONTEXT: adminContext }),
    ...(userKubeconfig === undefined ? {} : { USER_KUBECONFIG: userKubeconfig }),
  };
}

/** Its part that is the cluster's own: names, paths, ports. The ledger keeps it, for the day the stack is lost. */
export function namesEnvironment(cluster: HostedCluster): Record<string, string> {
  const { profile } = cluster;
  const members = membersOf(cluster);
  return {
    MEMBERS: members.map((member) => member.name).join(" "),
    ETCD_STATEFULSET: profile.etcd.statefulSet,
    ETCD_CONTAINER: profile.etcd.container,
    ETCD_ENDPOINTS: members.map((member) => member.clientUrl).join(","),
    ETCD_CLIENT_PORT: String(profile.etcd.clientPort),
    ETCD_CA: profile.etcd.ca,
    ETCD_CERTIFICATE: profile.etcd.certificate,
    ETCD_KEY: profile.etcd.key,
    DATA_CLAIM: profile.etcd.dataClaim,
    APISERVER_STATEFULSET: profile.apiServer.statefulSet,
    APISERVER_PDB: profile.apiServer.podDisruptionBudget,
    MAINTENANCE: profile.maintenance,
    CONTROLLERS: profile.controllers === "discover" ? "discover" : profile.controllers.join(" "),
  };
}
