import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A process that holds a lock of flock on a file. Must be ended. */
export class HeldLock {
  private constructor(private readonly process: ChildProcess) {}

  /** @param mode exclusive: as bbolt holds it; shared: as a script that looks whether bbolt does */
  static async take(path: string, mode: "exclusive" | "shared"): Promise<HeldLock> {
    const argv = [`--${mode}`, "--no-fork", path, "sh", "-c", "echo held; exec sleep 60"];
    const process = spawn("/usr/bin/flock", argv, { stdio: ["ignore", "pipe", "inherit"] });
    await once(process.stdout, "data");
    return new HeldLock(process);
  }

  async end(): Promise<void> {
    const ended = once(this.process, "close");
    this.process.kill("SIGKILL");
    await ended;
  }
}
