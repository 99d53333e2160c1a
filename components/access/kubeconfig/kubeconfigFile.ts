import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UserError } from "../../errors";

/** Which kubeconfig to look at, and what to let pass. */
export interface KubeconfigCheck {
  /** Absolute path. */
  readonly path: string;
  /** What names it: a key of the stack's configuration, e.g. "adminKubeconfig", or an option, e.g. "--admin-kubeconfig". */
  readonly key: string;
  /** Default: the file's current one. */
  readonly context?: string;
  /** Servers that may be called without a check of their certificate. */
  readonly allowInsecure?: readonly string[];
  /** Milliseconds since 1970; for tests. */
  readonly now?: number;
}

/** What an errno means, in parentheses. */
export function explain(code: string | undefined): string {
  const known: Record<string, string> = {
    ENOENT: " (no such file)",
    EACCES: " (permission denied)",
    EISDIR: " (is a directory)",
    ENOTDIR: " (a part of the path is not a directory)",
  };
  return known[code ?? ""] ?? "";
}

const isOption = (key: string): boolean => key.startsWith("--");
const isAdmin = (key: string): boolean => key === "adminKubeconfig" || key === "--admin-kubeconfig";

/** What names another file. */
export function setAgain({ key }: KubeconfigCheck): string {
  return isOption(key) ? `Give another: ${key} PATH` : `pulumi config set ${key} PATH`;
}

/** The key or option of its context, and what sets that; of a user cluster's there is none. */
export function contextOf({ key }: KubeconfigCheck): { readonly key: string; readonly set: string } {
  if (!isAdmin(key)) return { key, set: "kubectl config use-context NAME" };
  return isOption(key)
    ? { key: "--admin-context", set: "--admin-context NAME" }
    : { key: "adminContext", set: "pulumi config set adminContext NAME" };
}

/** What lets a server pass whose certificate nobody checks. */
export function allowServer({ key }: KubeconfigCheck, server: string): string {
  return isOption(key)
    ? `--allow-insecure ${server}`
    : `pulumi config set --path 'allowInsecure[0]' ${server}`;
}

/** Paths in a kubeconfig count from its own directory. */
export function readBeside(file: string, field: string, { key, path }: KubeconfigCheck): Buffer {
  try {
    return readFileSync(resolve(dirname(path), file));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UserError(
      `${key}: ${path}: its ${field} ${file} cannot be read: ${code}${explain(code)}.`,
      `Put the file there, or its content into the kubeconfig: kubectl config view --flatten --raw`,
    );
  }
}
