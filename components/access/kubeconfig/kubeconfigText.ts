import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { prefixOfProcess, removeAbandoned } from "../abandoned";

/** In a step's arguments: the kubeconfig comes by standard input, a JSON object by the names of the arguments. */
export const BY_STDIN = "/dev/stdin";

/** Whether a kubeconfig was given as its content: a path has no line feed, and begins with no brace. */
export function isKubeconfigText(value: string): boolean {
  return /\n|^\s*\{/.test(value);
}

/** Contents that were given, by the paths that stand for them in this process. */
const contents = new Map<string, string>();
let directory: string | undefined;
const PREFIX = "etcd-recovery-kubeconfig-";
const written = new Set<string>();

/**
 * Keeps a kubeconfig's content in this process's memory. Into a file it goes for kubectl alone ({@link fileOfKubeconfig}):
 * the engine ends the program of a component that others use by SIGKILL, which would leave it there.
 *
 * @param name for people, of a file. @returns a path that stands for it where a kubeconfig's path is asked for
 */
export function keepKubeconfig(name: string, text: string): string {
  directory ??= join(tmpdir(), `${prefixOfProcess(PREFIX)}${randomBytes(8).toString("hex")}`);
  for (let number = 1; ; number += 1) {
    const path = join(directory, number === 1 ? name : `${name}-${number}`);
    if ((contents.get(path) ?? text) !== text) continue;
    contents.set(path, text);
    return path;
  }
}

/** Whether a path stands for content that was given. */
export const isKept = (path: string): boolean => contents.has(path);

/** Content of a kubeconfig: as it was given, or of its file. @throws as readFileSync does */
export const contentOfKubeconfig = (path: string): string => contents.get(path) ?? readFileSync(path, "utf8");

/**
 * The path, for a child process. Content that was given is put there, where this user alone can read it; it is removed
 * when the process ends; what a killed one has left, by the next.
 */
export function fileOfKubeconfig(path: string): string {
  const text = contents.get(path);
  if (text === undefined || written.has(path)) return path;
  if (written.size === 0) makeDirectory(dirname(path));
  writeFileSync(path, text, { mode: 0o600 });
  written.add(path);
  return path;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A directory of that name that is there already is somebody else's: it fails then. */
function makeDirectory(path: string): void {
  removeAbandoned(dirname(path), PREFIX);
  mkdirSync(path, { mode: 0o700 });
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  // A signal that nobody handles ends a process without its `exit`.
  for (const signal of signals) {
    process.once(signal, () => {
      remove();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}
