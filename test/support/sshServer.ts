import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { freePort } from "../../agent/freePort";
import { waitUntil } from "../../lab/waiting";

/** A real sshd on loopback for the user of the test, with files of its own in a temporary directory. */
export class SshServer {
  private constructor(
    readonly directory: string,
    readonly port: number,
    /** In the form of authorized_keys. */
    readonly hostKey: string,
    /** Private key that logs in, without passphrase. */
    readonly privateKey: string,
    private readonly process: ChildProcess,
  ) {}

  /**
   * @param acceptEnv names of variables that it takes, as sshd_config has them
   * @param forced run in place of every command, which it has as SSH_ORIGINAL_COMMAND
   */
  static async start(acceptEnv = "", forced = ""): Promise<SshServer> {
    const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-sshd-"));
    const path = (name: string) => join(directory, name);
    await Promise.all([makeKey(path("host")), makeKey(path("client"))]);
    const port = await freePort();
    await writeFile(path("config"), config(directory, port, acceptEnv, forced));
    const sshd = ["/usr/sbin/sshd", "-D", "-e", "-f", path("config")];
    const child = spawn("sh", ["-c", startScript(), "sh", ...sshd], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    const server = new SshServer(
      directory,
      port,
      (await readFile(path("host.pub"), "utf8")).trim(),
      await readFile(path("client"), "utf8"),
      child,
    );
    await waitUntil({ what: "sshd", timeoutSeconds: 20, intervalMilliseconds: 50 }, async () => {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${said}`);
      return await answers(port);
    }).catch(async (error) => {
      await server.stop();
      throw error;
    });
    return server;
  }

  /** A connection that pins the host's key. */
  get connection() {
    return {
      host: "127.0.0.1",
      port: this.port,
      user: userInfo().username,
      privateKey: this.privateKey,
      hostKey: this.hostKey,
    };
  }

  /** A path for the test's own files, on the host that the server is. */
  path(name: string): string {
    return join(this.directory, name);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGKILL");
      await once(this.process, "exit");
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

/**
 * sshd of root insists on a directory below /run, which it gets in a mount namespace of its own. There root's .bashrc, which
 * bash reads for every command that comes by ssh, is empty: what it starts on this machine may speak.
 */
function startScript(): string {
  const own = [
    "mount -t tmpfs tmpfs /run",
    "mkdir /run/sshd",
    "{ [ ! -e ~/.bashrc ] || mount --bind /dev/null ~/.bashrc; }",
    'exec "$@"',
  ].join(" && ");
  return process.getuid?.() === 0 ? `exec unshare --mount sh -c '${own}' sh "$@"` : 'exec "$@"';
}

function config(directory: string, port: number, acceptEnv: string, forced: string): string {
  return `ListenAddress 127.0.0.1:${port}
HostKey ${directory}/host
AuthorizedKeysFile ${directory}/client.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
${acceptEnv === "" ? "" : `AcceptEnv ${acceptEnv}\n`}${forced === "" ? "" : `ForceCommand ${forced}\n`}`;
}

async function makeKey(path: string): Promise<void> {
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path]);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("error", () => resolve(false));
    socket.once("data", () => {
      resolve(true);
      socket.destroy();
    });
  });
}
