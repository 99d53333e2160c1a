import type * as pulumi from "@pulumi/pulumi";

/** A control plane whose etcd and API server are static Pods on machines. */
export interface NodesClusterArgs {
  /** The cluster's name; recorded in ledgers and reports. */
  readonly name: pulumi.Input<string>;
  /** Names and paths: "kubeadm", "gdc-admin" or "gdc-controlplane-v2". Plain. */
  readonly profile: string;
  /** Every machine of the control plane. Plain: it decides which resources exist. */
  readonly machines: NodesMachineArgs[];
  /** How they are reached. */
  readonly ssh: pulumi.Input<SshArgs>;
  /** Path of a kubeconfig for the cluster. Default: the machine's own, which is fetched for each step that needs it. */
  readonly userKubeconfig?: pulumi.Input<string>;
  /** Servers in the kubeconfig, as URLs, that may be called without a check of their certificate. Default: none. */
  readonly allowInsecure?: pulumi.Input<pulumi.Input<string>[]>;
}

/** One machine, with one etcd member. */
export interface NodesMachineArgs {
  /** As its etcd member is called; kubeadm calls it as the node. */
  readonly name: string;
  /** Name or address, as it is reached from the jump host where there is one. */
  readonly host: string;
  /** Its public host key, "ssh-ed25519 AAAA…". Nothing else is accepted. */
  readonly hostKey: string;
  /** Default: that of `ssh`. */
  readonly port?: number;
  /** Default: that of `ssh`. */
  readonly user?: string;
}

/** The account on the machines; it may use sudo without a password. */
export interface SshArgs {
  /**
   * A private key without a passphrase: its content. Kept as a secret; steps get it by their standard input. Exactly one of
   * this and `agent`.
   */
  readonly privateKey?: pulumi.Input<string>;
  /** true: the keys of the ssh-agent that SSH_AUTH_SOCK names whenever a step runs. Nothing of it is recorded. */
  readonly agent?: pulumi.Input<boolean>;
  /** Of the agent's keys only this one, "ssh-ed25519 AAAA…". Default: every one. */
  readonly publicKey?: pulumi.Input<string>;
  /** Default: the profile's. */
  readonly user?: pulumi.Input<string>;
  /** Default 22. */
  readonly port?: pulumi.Input<number>;
  /** The only way to the machines, where there is one. */
  readonly jump?: pulumi.Input<JumpArgs>;
}

/** A host that connections go through. */
export interface JumpArgs {
  readonly host: pulumi.Input<string>;
  /** Its public host key. */
  readonly hostKey: pulumi.Input<string>;
  /** Default 22. */
  readonly port?: pulumi.Input<number>;
  /** Default: as for the machines. */
  readonly user?: pulumi.Input<string>;
  /** Instead of what opens the machines, as are `agent` and `publicKey`. */
  readonly privateKey?: pulumi.Input<string>;
  readonly agent?: pulumi.Input<boolean>;
  readonly publicKey?: pulumi.Input<string>;
}
