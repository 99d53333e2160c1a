import { parse } from "yaml";
import { UserError } from "../../errors";
import { contextOf, explain, type KubeconfigCheck, setAgain } from "./kubeconfigFile";
import { contentOfKubeconfig } from "./kubeconfigText";

/** Content of a context, cluster or user. */
export type Entry = Readonly<Record<string, unknown>>;

type Named = Entry & { readonly name: string };

/** A kubeconfig's three lists; each entry holds its content under its kind's name. */
export interface Kubeconfig {
  readonly contexts: readonly Named[];
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
  readonly currentContext: string | undefined;
}

/**
 * Reads a kubeconfig; its values are not checked.
 *
 * @throws UserError that names the key, what is wrong, and what mends it; nothing of a secret
 */
export function readKubeconfig(check: KubeconfigCheck): Kubeconfig {
  const { path, key } = check;
  const set = setAgain(check);
  // kubectl takes a path with ":" for a list of files.
  if (path.includes(":"))
    throw new UserError(`${key}: the path must not contain ":".`, `Move the file, then: ${set}`);
  let text: string;
  try {
    text = contentOfKubeconfig(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UserError(`${key}: ${path}: cannot be read: ${code}${explain(code)}.`, set);
  }
  const config = contentOfFile(text);
  if (config === undefined || config.contexts.length + config.clusters.length === 0) {
    throw new UserError(
      `${key}: ${path}: is not a kubeconfig (YAML with clusters, users and contexts).`,
      set,
    );
  }
  return config;
}

/** undefined when it is no kubeconfig. The parser's own messages quote the line, and with it a secret. */
function contentOfFile(text: string): Kubeconfig | undefined {
  let content: unknown;
  try {
    content = parse(text, { logLevel: "silent" });
  } catch {
    return undefined;
  }
  if (!isEntry(content)) return undefined;
  const current = content["current-context"] ?? "";
  const [contexts, clusters, users] = [content.contexts, content.clusters, content.users].map(namedEntries);
  if (typeof current !== "string" || !contexts || !clusters || !users) return undefined;
  return { contexts, clusters, users, currentContext: current || undefined };
}

function namedEntries(list: unknown): readonly Named[] | undefined {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return undefined;
  return list.every((entry) => isEntry(entry) && typeof entry.name === "string") ? list : undefined;
}

export function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The context that was asked for, or the file's current one. @throws UserError */
export function chooseContext(config: Kubeconfig, check: KubeconfigCheck): Entry {
  const { key, path } = check;
  const wanted = check.context ?? config.currentContext;
  const names = config.contexts.map(({ name }) => name);
  const has = `it has: ${names.slice(0, 12).join(", ") || "none"}`;
  const context = contextOf(check);
  if (!wanted) throw new UserError(`${key}: ${path}: has no current context; ${has}.`, context.set);
  const found = contentOf(config.contexts, "context", wanted);
  if (found !== undefined) return found;
  const who = check.context === undefined ? `${key}: current context` : `${context.key}: context`;
  throw new UserError(`${who} "${wanted}" is not in ${path}; ${has}.`, context.set);
}

function contentOf(all: readonly Named[], kind: string, wanted: string): Entry | undefined {
  const content = all.find(({ name }) => name === wanted)?.[kind];
  return isEntry(content) ? content : undefined;
}

/** The cluster or user that a context names. @throws UserError when the file lacks it */
export function entryOf(
  config: Kubeconfig,
  kind: "cluster" | "user",
  wanted: string,
  check: KubeconfigCheck,
): Entry {
  const { key, path } = check;
  const found = contentOf(kind === "cluster" ? config.clusters : config.users, kind, wanted);
  if (found !== undefined) return found;
  throw new UserError(
    `${key}: ${path}: the context names ${kind} "${wanted}", which is not in the file.`,
    `Take the whole kubeconfig: ${setAgain(check)}`,
  );
}
