import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * An absolute path of what a person wrote. A shell leaves `~` alone in `--option=~/file`, in quotes, and in a file that
 * arguments are read from.
 */
export function absolutePath(written: string): string {
  return resolve(withHome(written));
}

/** The same path, with `~` and `~/…` in the home directory. */
export function withHome(written: string): string {
  return written === "~" || written.startsWith("~/") ? join(homedir(), written.slice(1)) : written;
}
