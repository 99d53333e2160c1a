import { readFile } from "node:fs/promises";
import { stringify } from "yaml";

/** For which API server a kubeconfig is. */
export interface KubeconfigServer {
  /** Name of the cluster, shown as context name. */
  readonly cluster: string;
  /** For example "https://10.77.0.10:6443". */
  readonly server: string;
  /** Path of the CA that signed the server's certificate. */
  readonly authority: string;
}

/** Whose kubeconfig it is, and for which API server. */
export interface KubeconfigParts extends KubeconfigServer {
  /** Path of the client certificate without `.crt`; the key lies beside it as `.key`. */
  readonly client: string;
}

/** Where a node has its kubelet's certificate and key, by the name that stays when they are renewed. */
export const kubeletCertificate = "/var/lib/kubelet/pki/kubelet-client-current.pem";

/** A kubeconfig with everything inside it. Holds a key: keep it 0600. */
export async function renderKubeconfig(parts: KubeconfigParts): Promise<string> {
  return render(parts, {
    "client-certificate-data": await encoded(`${parts.client}.crt`),
    "client-key-data": await encoded(`${parts.client}.key`),
  });
}

/** A kubelet's kubeconfig as kubeadm leaves it: certificate and key by the name of their file on the node. */
export function renderKubeletKubeconfig(parts: KubeconfigServer): Promise<string> {
  return render(parts, { "client-certificate": kubeletCertificate, "client-key": kubeletCertificate });
}

async function render(parts: KubeconfigServer, user: Readonly<Record<string, string>>): Promise<string> {
  const authority = await encoded(parts.authority);
  const cluster = { server: parts.server, "certificate-authority-data": authority };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: parts.cluster, cluster }],
    users: [{ name: "admin", user }],
    contexts: [{ name: parts.cluster, context: { cluster: parts.cluster, user: "admin" } }],
    "current-context": parts.cluster,
  });
}

async function encoded(path: string): Promise<string> {
  return (await readFile(path)).toString("base64");
}
