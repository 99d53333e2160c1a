import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** In a step's arguments: the kubeconfig comes by standard input, a JSON object by the names of the arguments. */
export const BY_STDIN = "/dev/stdin";

/** Whether a kubeconfig was given as its content: a path has no line feed, and begins with no brace. */
export function isKubeconfigText(value: string): boolean {
  return /\n|^\s*\{/.test(value);
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let directory: string | undefined;

/**
 * Puts a kubeconfig's content where this user alone can read it, for kubectl and for what a kubeconfig may call; it is
 * removed when the process ends.
 *
 * @returns its path
 */
export function fileOfKubeconfig(name: string, text: string): string {
  directory ??= ownDirectory();
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function ownDirectory(): string {
  const made = mkdtempSync(join(tmpdir(), "etcd-recovery-kubeconfig-"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  // A signal that nobody handles ends a process without its `exit`.
  for (const signal of signals) {
    process.once(signal, () => {
      rmSync(made, { recursive: true, force: true });
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
  return made;
}
