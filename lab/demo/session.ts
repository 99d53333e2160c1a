import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A program in a session of its own: an interrupt at the terminal reaches only this process, which can then end the
 * program with everything that it started, however deep.
 */
export class Session {
  readonly #pid: number;
  /** Its exit code; 1 when it was killed. */
  readonly ended: Promise<number>;

  /** @param argv program and arguments; it shares this process's output. @param env its whole environment */
  constructor(argv: readonly string[], env: NodeJS.ProcessEnv) {
    const [program = "", ...rest] = argv;
    const child = spawn(program, rest, { detached: true, stdio: ["ignore", "inherit", "inherit"], env });
    this.#pid = child.pid ?? 0;
    this.ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) => resolve(code ?? 1));
    });
  }

  /** Asks every process of the session to end, and after some seconds, default 3, ends them. */
  async end(graceSeconds = 3): Promise<void> {
    const deadline = Date.now() + graceSeconds * 1000;
    for (const pid of await this.#members()) signal(pid, "SIGTERM");
    while ((await this.#members()).length > 0) {
      if (Date.now() > deadline) for (const pid of await this.#members()) signal(pid, "SIGKILL");
      await sleep(50);
    }
  }

  async #members(): Promise<number[]> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")));
    return pids.filter((_, index) => isOf(stats[index] ?? "", this.#pid)).map(Number);
  }
}

/** Fields of /proc/PID/stat after the name, which may hold spaces: state, parent, process group, session. */
function isOf(stat: string, session: number): boolean {
  const [state, , , id] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state !== "Z" && Number(id) === session;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
