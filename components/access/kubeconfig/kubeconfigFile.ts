import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UserError } from "../../errors";

/** Which kubeconfig to look at, and what to let pass. */
export interface KubeconfigCheck {
  /** Absolute path. */
  readonly path: string;
  /** The configuration key that names it, e.g. "adminKubeconfig". */
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
    ENOTDIR: " (a part of the path is no directory)",
  };
  return known[code ?? ""] ?? "";
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
