import { RefusedError, UserError } from "../../errors";
import { checkCredentials } from "./credentials";
import { chooseContext, type Entry, entryOf, readKubeconfig } from "./kubeconfigContent";
import { allowServer, type KubeconfigCheck, readBeside, setAgain } from "./kubeconfigFile";

export type { KubeconfigCheck };

/**
 * Looks at a kubeconfig before anything is asked with it, so that each mistake has a sentence of its own: missing
 * file, wrong context, expired credentials, a server whose certificate nobody checks. Nothing of a secret is shown.
 *
 * @throws UserError that names the key, what is wrong, and what mends it
 */
export function checkKubeconfig(check: KubeconfigCheck): void {
  const config = readKubeconfig(check);
  const context = chooseContext(config, check);
  const cluster = entryOf(config, "cluster", String(context.cluster), check);
  checkServer(cluster, check);
  if (typeof context.user === "string") checkCredentials(entryOf(config, "user", context.user, check), check);
}

/** Over such a connection anybody on the way can take the snapshot, with every Secret, or answer for the cluster. */
function checkServer(cluster: Entry, check: KubeconfigCheck): void {
  const { key, path } = check;
  const server = typeof cluster.server === "string" ? cluster.server : "";
  if (server === "") throw new UserError(`${key}: ${path}: has no server.`, setAgain(check));
  const plain = server.startsWith("http://");
  if ((plain || cluster["insecure-skip-tls-verify"] === true) && !check.allowInsecure?.includes(server)) {
    const what = plain
      ? "speaks to it without TLS"
      : "has insecure-skip-tls-verify: nobody checks who answers";
    throw new RefusedError(
      `${key}: ${path}: server ${server}: ${what}.`,
      `Put certificate-authority-data into the file instead. If it is meant: ${allowServer(check, server)}`,
    );
  }
  const authority = cluster["certificate-authority"];
  if (typeof authority === "string") readBeside(authority, "certificate-authority", check);
}
