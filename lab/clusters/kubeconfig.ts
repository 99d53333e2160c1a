import { readFile } from "node:fs/promises";
import { stringify } from "yaml";

/** Whose kubeconfig it is, and for which API server. */
export interface KubeconfigParts {
  /** Name of the cluster, shown as context name. */
  readonly cluster: string;
  /** For example "https://10.77.0.10:6443". */
  readonly server: string;
  /** Path of the CA that signed the server's certificate. */
  readonly authority: string;
  /** Path of the client certificate without `.crt`; the key lies beside it as `.key`. */
  readonly client: string;
}

/** A kubeconfig with everything inside it. Holds a key: keep it 0600. */
export async function renderKubeconfig(parts: KubeconfigParts): Promise<string> {
  const encode = async (path: string) => (await readFile(path)).toString("base64");
  const cluster = { server: parts.server, "certificate-authority-data": await encode(parts.authority) };
  const user = {
    "client-certificate-data": await encode(`${parts.client}.crt`),
    "client-key-data": await encode(`${parts.client}.key`),
  };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: parts.cluster, cluster }],
    users: [{ name: "admin", user }],
    contexts: [{ name: parts.cluster, context: { cluster: parts.cluster, user: "admin" } }],
    "current-context": parts.cluster,
  });
}
