import type { HostedCluster } from "./hostedCluster";
import { membersOf } from "./hostedCluster";

/** What scripts beside kubectl read of a cluster (scripts/operator/lib.sh). Only plain strings; no secret. */
export function clusterEnvironment(cluster: HostedCluster): Record<string, string> {
  const { profile } = cluster;
  const members = membersOf(cluster);
  return {
    NAMESPACE: cluster.namespace,
    KUBECONFIG: cluster.adminKubeconfig,
    ...(cluster.adminContext === undefined ? {} : { ADMIN_CONTEXT: cluster.adminContext }),
    ...(cluster.userKubeconfig === undefined ? {} : { USER_KUBECONFIG: cluster.userKubeconfig }),
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
