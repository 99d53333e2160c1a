import * as fs from "node:fs";
import * as path from "node:path";
import type { Problem } from "../verdict";

/** An open file of 0600 without a name, so that nothing of it stays behind, however the program ends. */
export function openTemporaryFile(directory: string, forSnapshot: string): number | Problem {
  let own: string | undefined;
  try {
    own = fs.mkdtempSync(path.join(directory, "etcd-recovery-"));
    return fs.openSync(path.join(own, "snapshot.db"), "wx+", 0o600);
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const message = `${forSnapshot}: cannot be unpacked: no temporary file can be made in ${directory}: ${errno}.`;
    return { code: "no-temporary-file", message, remedy: "Give another directory: TMPDIR=<directory>" };
  } finally {
    if (own !== undefined) fs.rmSync(own, { recursive: true, force: true });
  }
}
