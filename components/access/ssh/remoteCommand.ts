/** A POSIX script for a machine: its text, and what it is told. No secret: process lists show both. */
export interface MachineScript {
  readonly text: string;
  readonly argv: readonly string[];
}

/** One word of a POSIX shell, whatever is in it. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The line that every script begins its answer with: what stands before it, a profile of the account has printed. */
export const ANSWER = "etcd-recovery answers:\n";
/** In two pieces, so that whoever prints the command does not print the line. */
const BEGIN = "printf '%s answers:\\n' etcd-recovery";

/**
 * A script as one command of the account's login shell: as root, with standard input free for a stream. The whole text is
 * an argument, so that nothing of it stays on the machine. sudo speaks English: what it says is read.
 */
export function remoteCommand({ text, argv }: MachineScript, user: string): string {
  const words = ["/bin/sh", "-c", `${BEGIN}\n${text}`, "etcd-recovery", ...argv];
  const command = words.map(quoted).join(" ");
  return user === "root" ? `exec ${command}` : `exec env LC_ALL=C sudo -n -- ${command}`;
}
