import type { SshEndpoint, SshKeys } from "../access/ssh/sshTarget";
import type { NodesProfileName } from "../profiles/profiles";

/** A machine of a control plane, as it was declared. */
export interface NodesMachine extends SshEndpoint {
  /** Name of its etcd member, which in kubeadm's layout is the node's. */
  readonly name: string;
}

/** A cluster whose control plane is static Pods on machines, as it was decided before anything is asked of it. */
export interface NodesCluster {
  readonly name: string;
  readonly profile: NodesProfileName;
  readonly machines: readonly NodesMachine[];
  /** The only way to the machines, where there is one. */
  readonly jump?: SshEndpoint;
  /** Secret, where they are private keys. */
  readonly keys: SshKeys;
  /** Absolute path of a kubeconfig for the cluster; default: the machine's own. */
  readonly userKubeconfig?: string;
}
