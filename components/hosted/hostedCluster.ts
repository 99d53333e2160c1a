import type { HostedProfile } from "../profiles/hostedProfile";

/** A user cluster whose control plane runs as Pods of an admin cluster, as it was decided before anything is asked of it. */
export interface HostedCluster {
  /** The user cluster's name. */
  readonly name: string;
  /** Its namespace on the admin cluster. */
  readonly namespace: string;
  /** How many etcd members it has when it is well. */
  readonly members: number;
  readonly profile: HostedProfile;
  /** Path of a kubeconfig for the admin cluster. */
  readonly adminKubeconfig: string;
  /** Context in it; default: its current one. */
  readonly adminContext?: string;
  /** Path of a kubeconfig for the user cluster; without it the restore ends with the Pods' readiness. */
  readonly userKubeconfig?: string;
  /** Kubeconfigs that were given as content, not as a path: steps get them by standard input. Secret. */
  readonly kubeconfigContents?: Readonly<Partial<Record<"adminKubeconfig" | "userKubeconfig", string>>>;
}

/** One etcd member, as etcd and as the admin cluster name it. */
export interface HostedMember {
  /** Name of the member and of its Pod, e.g. "kube-etcd-0". */
  readonly name: string;
  /** PersistentVolumeClaim of its data. */
  readonly claim: string;
  /** e.g. "https://kube-etcd-0.kube-etcd:2380" */
  readonly peerUrl: string;
  readonly clientUrl: string;
}

/** The members in the StatefulSet's order. Their URLs are derived, never typed: a wrong one breaks the restored cluster. */
export function membersOf(cluster: Pick<HostedCluster, "members" | "profile">): readonly HostedMember[] {
  const { etcd } = cluster.profile;
  return Array.from({ length: cluster.members }, (_, ordinal) => {
    const name = `${etcd.statefulSet}-${ordinal}`;
    const host = `https://${name}.${etcd.service}`;
    return {
      name,
      claim: `${etcd.dataClaim}-${name}`,
      peerUrl: `${host}:${etcd.peerPort}`,
      clientUrl: `${host}:${etcd.clientPort}`,
    };
  });
}

/** etcd's `--initial-cluster`: all members, comma-separated. */
export function initialCluster(members: readonly HostedMember[]): string {
  return members.map((member) => `${member.name}=${member.peerUrl}`).join(",");
}
