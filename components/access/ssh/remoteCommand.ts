/** A POSIX script for a machine: its text, and what it is told. No secret: process lists show both. */
export interface MachineScript {
  readonly text: string;
  readonly argv: readonly string[];
}

/** One word of a POSIX shell, whatever is in it. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * A script as one command of the account's login shell: as root, with standard input free for a stream. The whole text is
 * an argument, so that nothing of it stays on the machine.
 */
export function remoteCommand({ text, argv }: MachineScript, user: string): string {
  const command = ["/bin/sh", "-c", text, "etcd-recovery", ...argv].map(quoted).join(" ");
  return user === "root" ? `exec ${command}` : `exec sudo -n -- ${command}`;
}
