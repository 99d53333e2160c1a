import { ApiClient } from "../access/apiClient";
import { execToStream } from "../access/kubectlStream";
import { userAgent } from "../access/userAgent";
import { etcdInPods } from "../hosted/etcdInPods";
import { parseHostedAccess } from "../hosted/hostedAccess";
import { membersOf } from "../hosted/hostedCluster";
import { errorOf, failed } from "../procedure/refusal";
import type { BackupSource } from "./backupSource";
import { userCluster } from "./userCluster";

/** Longest time of a removal beside a member, in seconds. */
const removeSeconds = 30;

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
