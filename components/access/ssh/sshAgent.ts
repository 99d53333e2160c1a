import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { FailedError } from "../../errors";
import { endOf, requireProgram, startChild } from "../childProcesses";
import { keyText } from "./privateKey";

/**
 * An ssh-agent of this process's own, which holds the private keys: no file ever has them, and they are gone with it. It
 * runs beside a `cat` that this process holds open; without that, which includes a SIGKILL of this process, it ends by
 * itself within ten seconds, as ssh-agent does without the command that it was started for.
 */
export class SshAgent {
  private constructor(
    readonly socket: string,
    private readonly holder: ChildProcess,
    private readonly pid: number,
  ) {}

  /** @param socket path that it makes */
  static async start(socket: string): Promise<SshAgent> {
    requireProgram("ssh-agent");
    const command = 'echo "$SSH_AGENT_PID"; exec cat > /dev/null';
    const holder = spawn("ssh-agent", ["-a", socket, "/bin/sh", "-c", command], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    holder.stdin?.on("error", () => undefined);
    const failed = endOf(holder).then(({ stderr }) => {
      throw new FailedError(`ssh-agent cannot be run: ${stderr.trim()}.`, "Look at the temporary directory.");
    });
    failed.catch(() => undefined);
    const [said] = (await Promise.race([once(holder.stdout as NodeJS.ReadableStream, "data"), failed])) as [
      Buffer,
    ];
    return new SshAgent(socket, holder, Number(said.toString().trim()));
  }

  /** @returns the public half. @throws FailedError */
  async add(privateKey: string): Promise<string> {
    const before = await this.keys();
    await this.sshAdd(["-q", "-"], keyText(privateKey));
    const after = await this.keys();
    return after.find((key) => !before.includes(key)) ?? "";
  }

  /** Ends it at once, and the keys with it. */
  close(): void {
    this.holder.stdin?.end();
    try {
      process.kill(this.pid, "SIGTERM");
    } catch {
      // it has ended
    }
  }

  private async keys(): Promise<string[]> {
    const { code, stdout } = await this.ask(["-L"]);
    // 1: the agent has none
    return code === 0 ? stdout.split("\n").filter((line) => line !== "") : [];
  }

  private async sshAdd(argv: readonly string[], input: string): Promise<void> {
    const { code, stderr } = await this.ask(argv, input);
    if (code === 0) return;
    throw new FailedError(
      `ssh.privateKey: ssh-add does not take it: ${stderr.trim().split("\n").at(-1) ?? ""}`,
      "pulumi config set --secret --path ssh.privateKey < KEYFILE",
    );
  }

  private async ask(argv: readonly string[], input = "") {
    const env = { ...process.env, SSH_AUTH_SOCK: this.socket, SSH_ASKPASS_REQUIRE: "never" };
    const child = startChild(["ssh-add", ...argv], "pipe", env);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    return endOf(child);
  }
}
