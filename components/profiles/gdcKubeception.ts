import type { HostedProfile } from "./hostedProfile";

/**
 * Google Distributed Cloud (Anthos clusters) on VMware, user clusters whose control plane runs as Pods in the
 * admin cluster ("kubeception"). Source: "Back up and restore a user cluster" of its documentation.
 */
export const gdcKubeception: HostedProfile = {
  etcd: {
    statefulSet: "kube-etcd",
    container: "kube-etcd",
    dataClaim: "data",
    dataDirectory: "/var/lib/etcd",
    service: "kube-etcd",
    clientPort: 2379,
    peerPort: 2380,
    ca: "/etcd.local.config/certificates/etcdCA.crt",
    certificate: "/etcd.local.config/certificates/etcd.crt",
    key: "/etcd.local.config/certificates/etcd.key",
  },
  apiServer: { statefulSet: "kube-apiserver", podDisruptionBudget: "kube-apiserver-pdb" },
  maintenance: "gke-master-etcd-maintenance",
  controllers: "discover",
  // They make machines, and know the cluster by what they have cached. Other generations name them as Cluster API does.
  knownControllers: ["Deployment/clusterapi-controllers", "Deployment/cluster-api-*", "Deployment/capi-*"],
};
