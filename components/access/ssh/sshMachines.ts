import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { endOf, startChild } from "../childProcesses";
import { type ChildInput, outputStream, runWithInput } from "../childStream";
import type { ExecResult } from "../podExec";
import { answerIn, answerOfStream, notBegun } from "./answer";
import { type MachineScript, remoteCommand } from "./remoteCommand";
import { aliasOf, controlSocket, knownHosts, type SshPlaces, sshConfig } from "./sshConfig";
import { removeSshDirectory, sshDirectory } from "./sshDirectory";
import { SshError, sshError } from "./sshError";
import { openIdentities } from "./sshIdentities";
import { connectAgain } from "./sshRetry";
import type { SshKeys, SshTarget } from "./sshTarget";
import { sudoError } from "./sudoError";

/** ssh's own exit code for a connection that there is not, or no more. */
const NO_CONNECTION = 255;
/** Beyond OpenSSH's own time for a connection, which a jump host takes twice. */
const CONNECT_SECONDS = 30;

/**
 * Machines reached by OpenSSH, as root. One connection a machine, made at its first use and shared by all that follows;
 * it ends with {@link close}, and with this process.
 */
export class SshMachines {
  private readonly masters = new Map<number, Promise<ChildProcess>>();
  /** Sockets of ways through a connection, with the connection that they go by. */
  private readonly ways = new Map<string, ChildProcess>();

  private constructor(
    private readonly targets: readonly SshTarget[],
    private readonly places: SshPlaces,
    private readonly closeAgent: () => void,
  ) {}

  /** @throws FailedError when a key, or the operator's agent, cannot be used */
  static async open(targets: readonly SshTarget[], keys: SshKeys): Promise<SshMachines> {
    const directory = sshDirectory();
    let close: () => void = () => undefined;
    try {
      const { close: closeAgent, ...identities } = await openIdentities(directory, keys);
      close = closeAgent;
      const places: SshPlaces = { directory, knownHosts: join(directory, "known_hosts"), ...identities };
      writeFileSync(places.knownHosts, knownHosts(targets), { mode: 0o600 });
      writeFileSync(join(directory, "config"), sshConfig(targets, places), { mode: 0o600 });
      return new SshMachines(targets, places, close);
    } catch (cause) {
      close();
      removeSshDirectory(directory);
      throw cause;
    }
  }

  /**
   * Runs a script as root.
   *
   * @param seconds longest time. @returns also for a script that failed
   * @throws SshError when the machine could not be reached, or did not answer in time
   */
  async run(name: string, script: MachineScript, seconds: number, input?: string): Promise<ExecResult> {
    const n = await this.connected(name);
    const child = startChild(this.command(n, script), input === undefined ? "ignore" : "pipe");
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, seconds * 1000);
    const { code, stdout, stderr } = await endOf(child).finally(() => clearTimeout(timer));
    if (late)
      throw new SshError(
        "interrupted",
        `machine ${name}: gave no answer in ${seconds} s`,
        "Look at the machine, then run the same command again.",
      );
    return this.checked(n, { code: code ?? NO_CONNECTION, stdout, stderr });
  }

  /** The same with a stream as its standard input; bounded by progress, not by total time. */
  async send(name: string, script: MachineScript, input: ChildInput): Promise<ExecResult> {
    try {
      const n = await this.connected(name);
      return this.checked(n, await runWithInput(this.command(n, script), input));
    } finally {
      input.input.destroy();
    }
  }

  /** The standard output of a script as it comes; fails when the script does. */
  async receive(name: string, script: MachineScript): Promise<Readable> {
    const n = await this.connected(name);
    const output = outputStream(this.command(n, script), `a script on machine ${name}`);
    return answerOfStream(output, this.target(n));
  }

  /**
   * A way through the machine's connection to a port of its own loopback; it ends with the connection.
   *
   * @returns the path of a socket that this user alone can use. Where sshd forwards nothing, it ends what is connected
   * @throws SshError
   */
  async forward(name: string, port: number): Promise<string> {
    const n = await this.connected(name);
    const master = await this.masters.get(n);
    const socket = join(this.places.directory, `p${n}-${port}`);
    if (master !== undefined && this.ways.get(socket) === master) return socket;
    // Of a connection that has ended its socket stays.
    rmSync(socket, { force: true });
    const way = ["-O", "forward", "-L", `${socket}:127.0.0.1:${port}`, aliasOf(n)];
    const end = await endOf(startChild([...this.shared(n), ...way], "ignore"));
    if (end.code === 0 && master !== undefined) {
      this.ways.set(socket, master);
      return socket;
    }
    throw new SshError(
      "interrupted",
      `machine ${name}: no way to port ${port} there could be opened: ${end.stderr.trim()}`,
      "Look at sshd's AllowTcpForwarding there, then run the same command again.",
    );
  }

  /** Ends the connections and the agent; what they lay in goes when they have ended. */
  close(): void {
    const ends = [...this.masters.values()].map(async (master) => {
      const child = await master;
      child.stdin?.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    });
    this.closeAgent();
    void Promise.allSettled(ends).then(() => removeSshDirectory(this.places.directory));
  }

  private command(n: number, script: MachineScript): readonly [string, ...string[]] {
    return [...this.shared(n), aliasOf(n), remoteCommand(script, this.target(n).user)];
  }

  /** ssh over the connection of the machine that stands. */
  private shared(n: number): readonly [string, ...string[]] {
    const { directory } = this.places;
    return ["ssh", "-F", join(directory, "config"), "-S", controlSocket(this.places, n)];
  }

  private target(n: number): SshTarget {
    return this.targets[n] as SshTarget;
  }

  /** @returns the machine's place, when its connection stands. @throws SshError */
  private async connected(name: string): Promise<number> {
    const n = this.targets.findIndex((target) => target.name === name);
    if (n < 0) throw new TypeError(`there is no machine ${name}`);
    const made = this.masters.get(n) ?? this.connect(n);
    this.masters.set(n, made);
    try {
      const child = await made;
      if (child.exitCode === null && child.signalCode === null) return n;
      this.masters.set(n, this.connect(n));
      await this.masters.get(n);
      return n;
    } catch (cause) {
      this.masters.delete(n);
      throw cause;
    }
  }

  /** @throws SshError */
  private async connect(n: number): Promise<ChildProcess> {
    const made = await connectAgain(() => this.dial(n));
    if (typeof made === "string") throw sshError(this.target(n), n, made);
    return made;
  }

  /**
   * The connection that the others share: a session that says that it stands, and ends when this process no longer holds
   * its standard input.
   *
   * @returns what ssh said, where there is none
   */
  private async dial(n: number): Promise<ChildProcess | string> {
    const { directory } = this.places;
    const child = startChild(
      ["ssh", "-F", join(directory, "config"), "-M", aliasOf(n), "echo connected; exec cat > /dev/null"],
      "pipe",
    );
    child.stdin?.on("error", () => undefined);
    const ended = endOf(child, { keepOutput: false }).then(({ stderr }) => stderr);
    const timer = setTimeout(() => child.kill("SIGTERM"), CONNECT_SECONDS * 1000);
    try {
      return await Promise.race([once(child.stdout as Readable, "data").then(() => child), ended]);
    } finally {
      clearTimeout(timer);
    }
  }

  private checked(n: number, end: ExecResult): ExecResult {
    if (end.code === NO_CONNECTION) throw sshError(this.target(n), n, end.stderr);
    const target = this.target(n);
    const answer = answerIn(end.stdout);
    if (answer !== undefined) return { ...end, stdout: answer };
    throw sudoError(target, end) ?? notBegun(target, end.stderr.trim() || end.stdout);
  }
}
