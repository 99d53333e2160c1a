import type { HostedAccess } from "./hostedAccess";

/** kubectl on the admin cluster, as a person types it. */
export function kubectlText({
  adminKubeconfig,
  adminContext,
}: Pick<HostedAccess, "adminKubeconfig" | "adminContext">): string {
  const context = adminContext === undefined ? "" : ` --context ${quoted(adminContext)}`;
  return `kubectl --kubeconfig ${quoted(adminKubeconfig)}${context}`;
}

/** One word of a shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
