import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lives } from "../../lives";

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
  removeAbandoned(parent);
  const directory = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
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

function removeAbandoned(parent: string): void {
  for (const name of namesIn(parent)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (!(pid > 0) || lives(pid)) continue;
    // Another user's stays.
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {}
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.startsWith(PREFIX));
  } catch {
    return [];
  }
}
