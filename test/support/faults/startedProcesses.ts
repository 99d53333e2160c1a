import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import execa, { type ExecaChildProcess, type Options } from "execa";
import { killNow } from "../../../lab/machines/processes";

const variable = "ETCD_RECOVERY_TEST_PROCESSES";

/**
 * Programs that are started here, and whatever they start: a killed `pulumi` leaves its plugins and steps behind. They
 * are told by their session, and by a variable in their environment where they have a session of their own.
 */
export class StartedProcesses {
  private readonly mark = `${variable}=${randomUUID()}`;
  private readonly sessions = new Set<number>();
  private isClosed = false;

  constructor() {
    process.on("exit", this.kill);
  }

  /** Starts a program in a session of its own: signals of the terminal do not reach it. @throws Error after the close */
  start(program: string, argv: readonly string[], options: Options): ExecaChildProcess {
    if (this.isClosed) throw new Error(`${program} is not started: its processes are being ended`);
    const env = { ...options.env, [variable]: this.mark.slice(variable.length + 1) };
    const child = execa(program, argv, { ...options, env, detached: true });
    const { pid } = child;
    if (pid === undefined) return child;
    this.sessions.add(pid);
    // While a process is in a session nobody else gets its number; later one of a machine of the lab may.
    child.once("exit", () => {
      if (!this.isInhabited(pid)) this.sessions.delete(pid);
    });
    return child;
  }

  /** Numbers of the sessions in which something may run. */
  get known(): readonly number[] {
    return [...this.sessions];
  }

  /** Ends all that still run. @throws Error when some do not end */
  async end(): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      if (this.kill().length === 0) {
        this.sessions.clear();
        return;
      }
      await sleep(50);
    }
    throw new Error(`processes do not end by SIGKILL: ${this.living().join(" ")}`);
  }

  /** Ends them, and lets no other be started. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.end();
    process.off("exit", this.kill);
  }

  /** Those that run now; the dead that nobody has collected are none. */
  living(): number[] {
    return allProcesses().filter((pid) => this.isOurs(pid));
  }

  private isInhabited(session: number): boolean {
    return allProcesses().some((pid) => sessionOf(pid) === session);
  }

  private readonly kill = (): number[] => {
    const pids = this.living();
    for (const pid of pids) killNow(pid);
    return pids;
  };

  private isOurs(pid: number): boolean {
    const session = sessionOf(pid);
    if (session === undefined) return false;
    if (this.sessions.has(session)) return true;
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(this.mark);
    } catch {
      // It has ended, or is another user's.
      return false;
    }
  }
}

const allProcesses = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** undefined: it has ended. */
function sessionOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state = "", , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return "ZX".includes(state) ? undefined : Number(session);
  } catch {
    return undefined;
  }
}
