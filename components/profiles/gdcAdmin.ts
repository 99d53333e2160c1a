import { kubeadm } from "./kubeadm";
import type { NodesProfile } from "./nodesProfile";

/**
 * Google Distributed Cloud (Anthos clusters) on VMware, admin clusters that are not advanced. Source: "Back up and restore
 * an admin cluster" of its documentation.
 */
export const gdcAdmin: NodesProfile = {
  ...kubeadm,
  user: "ubuntu",
  etcd: {
    ...kubeadm.etcd,
    certificate: "/etc/kubernetes/pki/etcd/healthcheck-client.crt",
    key: "/etc/kubernetes/pki/etcd/healthcheck-client.key",
  },
  // One for the admin cluster and one a user cluster; other generations name them as Cluster API does.
  quarantine: ["*/Deployment/clusterapi-controllers", "*/Deployment/cluster-api-*", "*/Deployment/capi-*"],
  sshSecret: { name: "sshkeys", field: "vsphere_tmp", namespace: "kube-system" },
  role: "admin",
};
