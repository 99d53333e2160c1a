import type { NodesProfile } from "../../profiles/nodesProfile";
import type { MachineFacts } from "../machineFacts";
import { parseStaticPod } from "../staticPod";

/** The kubelet's own certificates; its client's key is in the current one. */
export const KUBELET_PKI = "/var/lib/kubelet/pki";
/** The link in it to the certificate and key that the kubelet uses. */
export const KUBELET_CLIENT = `${KUBELET_PKI}/kubelet-client-current.pem`;

/** Where Kubernetes' own configuration lies: "/etc/kubernetes". */
export const configurationOf = ({ manifests }: Pick<NodesProfile, "manifests">): string =>
  manifests.replace(/\/[^/]+\/?$/, "");

/** Where the API server's configuration of encryption at rest lies; it may be anywhere on the machine. */
export function encryptionFile(
  { apiServer }: Pick<NodesProfile, "apiServer">,
  { manifests }: Pick<MachineFacts, "manifests">,
): string | undefined {
  const pod = parseStaticPod(manifests.get(apiServer.manifest) ?? "");
  const path = pod?.flag("encryption-provider-config");
  return path === undefined ? undefined : pod?.hostPath(path);
}
