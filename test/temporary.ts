import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Caches of tools that nobody removes. */
const caches = /^(tsx-|ts-node-|node-compile-cache|v8-compile-cache|node-jiti)/;

/**
 * One directory for all temporary files of a run: also what a test that failed, or a program that a test has killed,
 * leaves behind goes with it. Its name is short, since sockets lie in it.
 */
export class TemporaryFiles {
  readonly directory = mkdtempSync(join(tmpdir(), "er-"));

  constructor() {
    process.env.TMPDIR = this.directory;
    process.once("exit", () => this.remove());
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const)
      process.once(signal, () => process.exit(code));
  }

  /** What lies in it, but for caches. */
  left(): readonly string[] {
    return readdirSync(this.directory).filter((name) => !caches.test(name));
  }

  private remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
