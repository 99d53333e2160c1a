import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, resolve } from "node:path";
import { parse } from "yaml";
import { NotInStandIn } from "../rpc/provider";
import { isMap, type PropertyMap, plain } from "../rpc/values";
import { textAt } from "./objects";

/** How to reach an API server. */
export interface Connection {
  readonly server: string;
  /** PEM, or undefined for the system's own. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly token: string | undefined;
  readonly serverName: string | undefined;
  readonly insecure: boolean;
  /** Namespace of objects that name none. */
  readonly namespace: string;
}

interface Named {
  readonly name: string;
}
interface Kubeconfig {
  readonly "current-context"?: string;
  readonly clusters?: readonly (Named & { readonly cluster: PropertyMap })[];
  readonly contexts?: readonly (Named & { readonly context: PropertyMap })[];
  readonly users?: readonly (Named & { readonly user: PropertyMap })[];
}

/** Reads the connection that the provider's inputs select. Throws when there is no such kubeconfig, context or cluster. */
export async function readConnection(args: PropertyMap): Promise<Connection> {
  const { config, directory } = await readKubeconfig(args);
  const context = contextOf(config, textAt(args, "context"));
  const clusterName = textAt(args, "cluster") || textAt(context, "cluster");
  const cluster = config.clusters?.find((entry) => entry.name === clusterName)?.cluster;
  if (cluster === undefined) {
    throw new Error(`invalid configuration: no cluster "${clusterName}" in the kubeconfig`);
  }
  const user = config.users?.find((entry) => entry.name === textAt(context, "user"))?.user ?? {};
  refuseExoticUsers(user);
  const pem = (holder: PropertyMap, field: string) => readPem(holder, field, directory);
  return {
    server: textAt(cluster, "server").replace(/\/$/, ""),
    ca: await pem(cluster, "certificate-authority"),
    cert: await pem(user, "client-certificate"),
    key: await pem(user, "client-key"),
    token: await readToken(user, directory),
    serverName: textAt(cluster, "tls-server-name") || undefined,
    insecure: cluster["insecure-skip-tls-verify"] === true,
    namespace: textAt(args, "namespace") || textAt(context, "namespace") || "default",
  };
}

/** The entry of the cluster that would be used, for comparison; undefined when it cannot be told. */
export async function activeCluster(args: PropertyMap): Promise<PropertyMap | undefined> {
  try {
    const { config } = await readKubeconfig(args);
    const name = textAt(args, "cluster") || textAt(contextOf(config, textAt(args, "context")), "cluster");
    return config.clusters?.find((entry) => entry.name === name)?.cluster;
  } catch {
    return undefined;
  }
}

/**
 * A kubeconfig that is given, by path or by content, has its relative paths resolved from the working directory; only
 * the default one from its own directory (so does the official plugin).
 */
async function readKubeconfig(args: PropertyMap): Promise<{ config: Kubeconfig; directory: string }> {
  const given = plain(args.kubeconfig ?? null);
  if (isMap(given)) {
    return { config: given as unknown as Kubeconfig, directory: process.cwd() };
  }
  if (typeof given !== "string" || given === "") {
    const path = defaultPath();
    return { config: parseKubeconfig(await readFile(path, "utf8")), directory: dirname(resolve(path)) };
  }
  const path = given.startsWith("~/") ? resolve(homedir(), given.slice(2)) : given;
  const content = await readFile(path, "utf8").catch(() => given);
  return { config: parseKubeconfig(content), directory: process.cwd() };
}

function parseKubeconfig(content: string): Kubeconfig {
  const config = parse(content) as unknown;
  if (typeof config !== "object" || config === null) {
    throw new Error("failed to parse kubeconfig: it is neither a file's path nor a file's content");
  }
  return config as Kubeconfig;
}

function defaultPath(): string {
  const [first] = (process.env.KUBECONFIG ?? "").split(delimiter);
  return first || resolve(homedir(), ".kube", "config");
}

function contextOf(config: Kubeconfig, override: string): PropertyMap {
  const name = override || config["current-context"];
  const found = config.contexts?.find((entry) => entry.name === name)?.context;
  if (found === undefined) {
    throw new Error(`invalid configuration: context "${name ?? ""}" does not exist in the kubeconfig`);
  }
  return found;
}

function refuseExoticUsers(user: PropertyMap): void {
  const exotic = ["exec", "auth-provider", "username"].find((field) => field in user);
  if (exotic !== undefined) {
    throw new NotInStandIn("kubernetes", `credentials by "${exotic}" in a kubeconfig`);
  }
}

async function readPem(holder: PropertyMap, field: string, directory: string): Promise<string | undefined> {
  const inline = textAt(holder, `${field}-data`);
  if (inline !== "") {
    return Buffer.from(inline, "base64").toString("utf8");
  }
  const path = textAt(holder, field);
  return path === "" ? undefined : await readFile(resolve(directory, path), "utf8");
}

async function readToken(user: PropertyMap, directory: string): Promise<string | undefined> {
  const file = textAt(user, "tokenFile");
  return file === ""
    ? textAt(user, "token") || undefined
    : (await readFile(resolve(directory, file), "utf8")).trim();
}
