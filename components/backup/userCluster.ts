import { ApiClient } from "../access/apiClient";
import type { UserCluster } from "./backupSource";

/** Longest time of a question to the cluster, in seconds. */
const userSeconds = 20;

/**
 * A cluster at its own address. Opened when it is asked: a kubeconfig that cannot be read is the same as a cluster that does
 * not answer.
 *
 * @param kubeconfig its path, or what gives one. @param agent for its audit log
 */
export function userCluster(
  kubeconfig: string | (() => Promise<string>),
  agent: string,
): UserCluster & { close(): void } {
  let opened: Promise<ApiClient> | undefined;
  let client: ApiClient | undefined;
  async function open(): Promise<ApiClient> {
    const path = typeof kubeconfig === "string" ? kubeconfig : await kubeconfig();
    return ApiClient.open({ kubeconfig: path, key: "userKubeconfig", userAgent: agent });
  }
  async function ask<T>(path: string): Promise<T> {
    opened ??= open();
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
