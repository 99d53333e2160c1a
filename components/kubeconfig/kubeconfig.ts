import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { RefusedError, UserError } from "../errors";
import { checkCredentials } from "./credentials";
import { explain, type KubeconfigCheck, readBeside } from "./kubeconfigFile";

export type { KubeconfigCheck };

/** What is looked at; the rest is kubectl's. Each entry holds its content under its kind's name. */
const entries = z
  .array(z.looseObject({ name: z.string() }))
  .nullish()
  .transform((all) => all ?? []);
const kubeconfigSchema = z.object({
  contexts: entries,
  clusters: entries,
  users: entries,
  "current-context": z.string().nullish(),
});

type Kubeconfig = z.infer<typeof kubeconfigSchema>;
/** Content of a context, cluster or user. */
type Entry = Readonly<Record<string, unknown>>;

/**
 * Looks at a kubeconfig before anything is asked with it, so that each mistake has a sentence of its own: missing
 * file, wrong context, expired credentials, a server whose certificate nobody checks. Nothing of a secret is shown.
 *
 * @throws UserError that names the key, what is wrong, and what mends it
 */
export function checkKubeconfig(check: KubeconfigCheck): void {
  const config = readKubeconfig(check);
  const context = chooseContext(config, check);
  const cluster = entryOf(config.clusters, "cluster", String(context.cluster), check);
  checkServer(cluster, check);
  if (typeof context.user === "string")
    checkCredentials(entryOf(config.users, "user", context.user, check), check);
}

function readKubeconfig({ path, key }: KubeconfigCheck): Kubeconfig {
  const set = `pulumi config set ${key} PATH`;
  // kubectl takes a path with ":" for a list of files.
  if (path.includes(":"))
    throw new UserError(`${key}: the path must not contain ":".`, `Move the file, then: ${set}`);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UserError(`${key}: ${path}: cannot be read: ${code}${explain(code)}.`, set);
  }
  const parsed = kubeconfigSchema.safeParse(parseQuietly(text));
  if (!parsed.success || parsed.data.contexts.length + parsed.data.clusters.length === 0) {
    throw new UserError(`${key}: ${path}: is no kubeconfig (YAML with clusters, users and contexts).`, set);
  }
  return parsed.data;
}

/** The parser's own messages quote the line, and with it a secret. */
function parseQuietly(text: string): unknown {
  try {
    return parse(text, { logLevel: "silent" });
  } catch {
    return undefined;
  }
}

function chooseContext(config: Kubeconfig, check: KubeconfigCheck): Entry {
  const { key, path } = check;
  const wanted = check.context ?? config["current-context"];
  const names = config.contexts.map(({ name }) => name);
  const has = `it has: ${names.slice(0, 12).join(", ") || "none"}`;
  const mend =
    key === "adminKubeconfig" ? "pulumi config set adminContext NAME" : "kubectl config use-context NAME";
  if (!wanted) throw new UserError(`${key}: ${path}: says no current context; ${has}.`, mend);
  const found = contentOf(config.contexts, "context", wanted);
  if (found !== undefined) return found;
  const who = check.context === undefined ? `${key}: current context` : "adminContext: context";
  throw new UserError(`${who} "${wanted}" is not in ${path}; ${has}.`, mend);
}

function contentOf(all: Kubeconfig["users"], kind: string, wanted: string): Entry | undefined {
  const content = all.find(({ name }) => name === wanted)?.[kind];
  return typeof content === "object" && content !== null ? (content as Entry) : undefined;
}

function entryOf(
  all: Kubeconfig["users"],
  kind: "cluster" | "user",
  wanted: string,
  { key, path }: KubeconfigCheck,
): Entry {
  const found = contentOf(all, kind, wanted);
  if (found !== undefined) return found;
  throw new UserError(
    `${key}: ${path}: the context names ${kind} "${wanted}", which is not in the file.`,
    `Take the whole kubeconfig: pulumi config set ${key} PATH`,
  );
}

/** Over such a connection anybody on the way can take the snapshot, with every Secret, or answer for the cluster. */
function checkServer(cluster: Entry, check: KubeconfigCheck): void {
  const { key, path } = check;
  const server = typeof cluster.server === "string" ? cluster.server : "";
  if (server === "")
    throw new UserError(`${key}: ${path}: names no server.`, `pulumi config set ${key} PATH`);
  const plain = server.startsWith("http://");
  if ((plain || cluster["insecure-skip-tls-verify"] === true) && !check.allowInsecure?.includes(server)) {
    const what = plain
      ? "speaks to it without TLS"
      : "has insecure-skip-tls-verify: nobody checks who answers";
    throw new RefusedError(
      `${key}: ${path}: server ${server}: ${what}.`,
      `Put certificate-authority-data into the file instead. If it is meant: pulumi config set --path 'allowInsecure[0]' ${server}`,
    );
  }
  const authority = cluster["certificate-authority"];
  if (typeof authority === "string") readBeside(authority, "certificate-authority", check);
}
