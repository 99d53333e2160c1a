import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import execa from "execa";

/**
 * A lock between processes. The kernel holds it (flock(2) in a child that lives as long as its standard input), so it
 * is free again the moment this process ends, however it ends.
 */
export class FileLock {
  readonly #child: execa.ExecaChildProcess;

  private constructor(child: execa.ExecaChildProcess) {
    this.#child = child;
  }

  /** Waits for the lock; `onWait` is called once when somebody else holds it. */
  static async acquire(path: string, onWait?: () => void): Promise<FileLock> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // cat answers only after flock has the lock, so the echo is the proof.
    const child = execa("flock", ["--exclusive", path, "cat"], { buffer: false, stderr: "inherit" });
    const waiting = setTimeout(() => onWait?.(), 500);
    try {
      child.stdin?.write("held\n");
      await Promise.race([once(child.stdout ?? child, "data"), child]);
      return new FileLock(child);
    } finally {
      clearTimeout(waiting);
    }
  }

  async release(): Promise<void> {
    this.#child.stdin?.end();
    this.#child.stdout?.resume();
    await this.#child;
  }

  /** Runs `work` while holding the lock. */
  static async during<T>(path: string, onWait: (() => void) | undefined, work: () => Promise<T>): Promise<T> {
    const lock = await FileLock.acquire(path, onWait);
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }
}
