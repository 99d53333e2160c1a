import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** An ssh-agent as an operator has one, with a socket in a test's own directory. Must be stopped. */
export class UserAgent {
  private constructor(
    readonly socket: string,
    private readonly stopIt: () => void,
  ) {}

  /** @param name of its socket */
  static async start(directory: string, name = "agent"): Promise<UserAgent> {
    const socket = join(directory, name);
    const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
    await once(child.stdout, "data");
    return new UserAgent(socket, () => child.kill("SIGTERM"));
  }

  /** @param privateKey content. @returns the public half */
  add(privateKey: string): string {
    const before = this.keys();
    execFileSync("ssh-add", ["-q", "-"], { input: privateKey, env: this.env });
    return this.keys().find((key) => !before.includes(key)) ?? "";
  }

  /** Adds keys that nobody knows. */
  addOthers(directory: string, count: number): void {
    for (let n = 0; n < count; n++) {
      const file = join(directory, `other-${n}`);
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
      execFileSync("ssh-add", ["-q", file], { env: this.env });
    }
  }

  /** Public halves. */
  keys(): readonly string[] {
    try {
      const said = execFileSync("ssh-add", ["-L"], { env: this.env, encoding: "utf8", stdio: "pipe" });
      return said.split("\n").filter((line) => line !== "");
    } catch {
      return [];
    }
  }

  stop(): void {
    this.stopIt();
  }

  private get env() {
    return { ...process.env, SSH_AUTH_SOCK: this.socket };
  }
}

/** Writes a key as its owner keeps it. @returns the path */
export function keyFile(directory: string, name: string, privateKey: string): string {
  const file = join(directory, name);
  writeFileSync(file, privateKey, { mode: 0o600 });
  return file;
}
