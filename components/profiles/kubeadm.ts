import type { NodesProfile } from "./nodesProfile";

/** Control planes as kubeadm makes them, with stacked etcd. */
export const kubeadm: NodesProfile = {
  user: "root",
  manifests: "/etc/kubernetes/manifests",
  state: "/etc/kubernetes/etcd-recovery",
  adminKubeconfig: "/etc/kubernetes/admin.conf",
  etcd: {
    manifest: "etcd.yaml",
    ca: "/etc/kubernetes/pki/etcd/ca.crt",
    certificate: "/etc/kubernetes/pki/etcd/server.crt",
    key: "/etc/kubernetes/pki/etcd/server.key",
  },
  apiServer: { manifest: "kube-apiserver.yaml" },
  controllers: ["kube-controller-manager.yaml", "kube-scheduler.yaml"],
  quarantine: [],
  role: "any",
};
