import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prefixOfProcess, removeAbandoned } from "../abandoned";

const PREFIX = "etcd-recovery-ssh-";
/** A path of a socket has at most 107 bytes, of which OpenSSH takes some for a name of its own before it is bound. */
const LONGEST = 60;

const parentOf = (): string => {
  const own = process.env.XDG_RUNTIME_DIR;
  if (own?.startsWith("/") && own.length < LONGEST) return own;
  return tmpdir().length < LONGEST ? tmpdir() : "/tmp";
};

/**
 * A directory for sockets, host keys and public keys that this user alone can enter; it goes with
 * {@link removeSshDirectory}, at the latest with the process. What a killed one has left is removed by the next: nothing in
 * it is secret.
 */
export function sshDirectory(): string {
  const parent = parentOf();
  removeAbandoned(parent, PREFIX);
  const directory = mkdtempSync(join(parent, prefixOfProcess(PREFIX)));
  if (!isHooked) process.once("exit", removeMade);
  isHooked = true;
  made.add(directory);
  return directory;
}

/** Removes one that nothing uses any more. */
export function removeSshDirectory(directory: string): void {
  made.delete(directory);
  rmSync(directory, { recursive: true, force: true });
}

/** Of this process. */
const made = new Set<string>();
let isHooked = false;
const removeMade = () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
};
