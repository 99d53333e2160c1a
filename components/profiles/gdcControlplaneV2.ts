import { kubeadm } from "./kubeadm";
import type { NodesProfile } from "./nodesProfile";

/**
 * Google Distributed Cloud (Anthos clusters) on VMware, user clusters with Controlplane V2: static Pods on their own
 * machines. Where the data lies (/opt/data/var/lib/etcd, of uid and gid 2001) is read from etcd's manifest.
 */
export const gdcControlplaneV2: NodesProfile = {
  ...kubeadm,
  user: "ubuntu",
  sshSecret: { name: "ssh-keys", field: "ssh.key" },
  role: "user",
};
