import { isKept } from "../access/kubeconfig/kubeconfigText";
import type { HostedAccess } from "./hostedAccess";

/** kubectl on the admin cluster, as a person types it. */
export function kubectlText({
  adminKubeconfig,
  adminContext,
}: Pick<HostedAccess, "adminKubeconfig" | "adminContext">): string {
  const context = adminContext === undefined ? "" : ` --context ${quoted(adminContext)}`;
  return `kubectl --kubeconfig ${kubeconfigWord(adminKubeconfig, "ADMIN_KUBECONFIG")}${context}`;
}

/** A kubeconfig as a word of a shell. @param name to put a path in place of, where content was given instead of one */
export const kubeconfigWord = (path: string, name: "ADMIN_KUBECONFIG" | "USER_KUBECONFIG"): string =>
  isKept(path) ? name : quoted(path);

/** One word of a shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
