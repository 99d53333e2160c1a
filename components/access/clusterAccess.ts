import { UserError } from "../errors";
import { chooseContext, type Entry, entryOf, isEntry, readKubeconfig } from "./kubeconfig/kubeconfigContent";
import { type KubeconfigCheck, readBeside, setAgain } from "./kubeconfig/kubeconfigFile";

/** Which kubeconfig names the server and who asks it. */
export interface AccessOptions {
  /** Absolute path. */
  readonly kubeconfig: string;
  /** Default: the file's current one. */
  readonly context?: string | undefined;
  /** The configuration key that errors name. Default: "adminKubeconfig". */
  readonly key?: string;
  /** Path of a socket behind which the server is, instead of its address; its certificate still has that. */
  readonly socket?: string;
}

/** What a kubeconfig says about one cluster and one user. */
export interface ClusterAccess {
  readonly server: URL;
  /** PEM; undefined: this machine's authorities. */
  readonly authority: string | Buffer | undefined;
  /** Whether the server's certificate is not checked. */
  readonly insecure: boolean;
  /** Name that the server's certificate must have. */
  readonly serverName: string;
  /** Path of the socket behind which it is; undefined: it is at its address. */
  readonly socket: string | undefined;
  /** The kubeconfig's own proxy; undefined: the environment's. */
  readonly proxy: URL | undefined;
  readonly cluster: Entry;
  readonly user: Entry;
  readonly file: KubeconfigCheck;
}

/** Reads a kubeconfig as kubectl does. @throws UserError */
export function readAccess(options: AccessOptions): ClusterAccess {
  const { kubeconfig, context, key = "adminKubeconfig", socket } = options;
  const file: KubeconfigCheck = { path: kubeconfig, key, ...(context === undefined ? {} : { context }) };
  const config = readKubeconfig(file);
  const chosen = chooseContext(config, file);
  const cluster = entryOf(config, "cluster", String(chosen.cluster), file);
  const user = typeof chosen.user === "string" ? entryOf(config, "user", chosen.user, file) : {};
  const server = urlOf(cluster.server, "server", ["http:", "https:"], file);
  return {
    server,
    authority: material(cluster, "certificate-authority", file),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    socket,
    serverName: textOf(cluster["tls-server-name"]) ?? server.hostname.replace(/^\[|\]$/g, ""),
    proxy: cluster["proxy-url"]
      ? urlOf(cluster["proxy-url"], "proxy-url", ["http:", "https:", "socks5:"], file)
      : undefined,
    cluster,
    user,
    file,
  };
}

/** Content of `NAME-data`, or of the file that `NAME` names. @throws UserError */
export function material(entry: Entry, name: string, file: KubeconfigCheck): Buffer | undefined {
  const data = textOf(entry[`${name}-data`]);
  if (data !== undefined) return Buffer.from(data, "base64");
  const path = textOf(entry[name]);
  return path === undefined ? undefined : readBeside(path, name, file);
}

/** A value that is a text and not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The entries of a list; none when it is no list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The entries of an object; none when it is no object. */
export function fieldsOf(value: unknown): Entry {
  return isEntry(value) ? value : {};
}

/** A URL may hold a password, so that its text is not shown. */
function urlOf(value: unknown, field: string, schemes: readonly string[], file: KubeconfigCheck): URL {
  const text = textOf(value);
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && schemes.includes(url.protocol)) return url;
  const known = schemes.map((scheme) => `${scheme}//`).join(", ");
  throw new UserError(`${file.key}: ${file.path}: its ${field} is not a URL of ${known}.`, setAgain(file));
}
