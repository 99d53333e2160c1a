import { ApiClient } from "../access/apiClient";
import { userAgent } from "../access/userAgent";
import type { LedgerStore } from "../procedure/ledgerStore";
import type { EtcdClient } from "../procedure/substrate";
import { etcdInPods } from "./etcdInPods";
import { type HostedCluster, membersOf } from "./hostedCluster";
import { ledgerConfigMap } from "./ledgerConfigMap";

/** What a look at a cluster needs, which belongs to no operation. */
export interface HostedReader {
  /** Names of the etcd members. */
  readonly members: readonly string[];
  readonly etcd: EtcdClient;
  readonly ledger: LedgerStore;
  close(): void;
}

/** @param purpose for the admin cluster's audit log. @throws UserError when the kubeconfig cannot be used */
export async function openReader(cluster: HostedCluster, purpose: string): Promise<HostedReader> {
  const { adminKubeconfig: kubeconfig, adminContext: context, namespace } = cluster;
  const client = await ApiClient.open({ kubeconfig, context, userAgent: userAgent(purpose) });
  const names = { members: cluster.members, profile: cluster.profile };
  const members = membersOf(cluster);
  return {
    members: members.map(({ name }) => name),
    etcd: etcdInPods({ client, namespace, names, members }),
    ledger: ledgerConfigMap(client, namespace),
    close: () => client.close(),
  };
}
