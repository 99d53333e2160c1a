import { ApiClient } from "../access/apiClient";
import { execToStream } from "../access/kubectlStream";
import { userAgent } from "../access/userAgent";
import { etcdInPods } from "../hosted/etcdInPods";
import { parseHostedAccess } from "../hosted/hostedAccess";
import { membersOf } from "../hosted/hostedCluster";
import { errorOf, failed } from "../procedure/refusal";
import type { BackupSource, UserCluster } from "./backupSource";

/** Longest time of a removal beside a member, and of a question to the user cluster, in seconds. */
const removeSeconds = 30;
const userSeconds = 20;

/**
 * A hosted cluster as the source of a backup.
 *
 * @param substrate of the step's arguments. @param step for the clusters' audit logs. @throws UserError
 */
export async function openHostedSource(substrate: unknown, step: string): Promise<BackupSource> {
  const access = parseHostedAccess(substrate);
  const { namespace, names, adminKubeconfig: kubeconfig, adminContext: context } = access;
  if (names === undefined)
    throw errorOf(
      failed("arguments-invalid", "ETCD_RECOVERY_ARGUMENTS: a backup's step names no members", "pulumi up"),
    );
  const agent = userAgent(step);
  const client = await ApiClient.open({ kubeconfig, context, userAgent: agent });
  const user = access.userKubeconfig === undefined ? undefined : userCluster(access.userKubeconfig, agent);
  const members = membersOf(names);
  const { container } = names.profile.etcd;
  return {
    members,
    etcd: etcdInPods({ client, namespace, names, members }),
    user,
    place: namespace,
    look: `kubectl --namespace ${namespace} get pods`,
    read: (pod, path) =>
      execToStream({ kubeconfig, context, namespace, pod, container, command: ["cat", path] }),
    async remove(pod, paths) {
      const command = ["rm", "-f", ...paths];
      const { code, stderr } = await client.exec({
        namespace,
        pod,
        container,
        command,
        seconds: removeSeconds,
      });
      if (code !== 0) throw new Error(stderr.trim() || `rm ended with ${code}`);
    },
    close() {
      client.close();
      user?.close();
    },
  };
}

/** Opened when it is asked: a kubeconfig that cannot be read is the same as a cluster that does not answer. */
function userCluster(kubeconfig: string, agent: string): UserCluster & { close(): void } {
  let opened: Promise<ApiClient> | undefined;
  let client: ApiClient | undefined;
  async function ask<T>(path: string): Promise<T> {
    opened ??= ApiClient.open({ kubeconfig, key: "userKubeconfig", userAgent: agent });
    client = await opened;
    return client.get<T>(path, { seconds: userSeconds });
  }
  return {
    async clusterUid() {
      const { metadata } = await ask<{ metadata?: { uid?: string } }>("/api/v1/namespaces/kube-system");
      if (!metadata?.uid) throw new Error("its Namespace kube-system has no UID");
      return metadata.uid;
    },
    async version() {
      const { gitVersion } = await ask<{ gitVersion?: string }>("/version");
      if (!gitVersion) throw new Error("it says no version");
      return gitVersion;
    },
    close: () => client?.close(),
  };
}
