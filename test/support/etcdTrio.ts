import { mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { freePort } from "../../agent/freePort";

/** Three etcd members on loopback, each with flags for a new cluster, as a StatefulSet starts them. Must be stopped. */
export class EtcdTrio {
  private readonly running = new Map<number, ExecaChildProcess>();

  private constructor(
    private readonly tools: { etcd: string; etcdctl: string },
    private readonly directory: string,
    private readonly ports: readonly { peer: number; client: number }[],
    private readonly extra: readonly string[],
  ) {}

  static async start(
    tools: { etcd: string; etcdctl: string },
    directory: string,
    extra: readonly string[] = [],
  ): Promise<EtcdTrio> {
    const ports = [];
    for (const _ of [0, 1, 2]) ports.push({ peer: await freePort(), client: await freePort() });
    const trio = new EtcdTrio(tools, directory, ports, extra);
    for (const n of [0, 1, 2]) {
      mkdirSync(trio.volume(n), { recursive: true });
      trio.run(n);
    }
    await trio.answers(0, 1, 2);
    return trio;
  }

  volume = (n: number) => join(this.directory, `m${n}`);
  peer = (n: number) => `http://127.0.0.1:${this.ports[n]?.peer}`;
  client = (n: number) => `http://127.0.0.1:${this.ports[n]?.client}`;
  log = (name: string) => readFileSync(join(this.directory, `${name}.log`), "utf8");

  /** Starts a member as its Pod would; it may fail. */
  run(n: number): ExecaChildProcess {
    const cluster = [0, 1, 2].map((m) => `m${m}=${this.peer(m)}`).join(",");
    const child = this.etcd(`m${n}`, [
      ...["--name", `m${n}`, "--data-dir", this.volume(n), "--initial-cluster", cluster],
      ...["--initial-advertise-peer-urls", this.peer(n), "--listen-peer-urls", this.peer(n)],
      ...["--advertise-client-urls", this.client(n), "--listen-client-urls", this.client(n), ...this.extra],
    ]);
    this.running.set(n, child);
    return child;
  }

  /** Any etcd of this version; its log is kept under the name. */
  etcd(name: string, argv: readonly string[]): ExecaChildProcess {
    const log = openSync(join(this.directory, `${name}.log`), "a");
    return execa(this.tools.etcd, [...argv, "--logger", "zap"], {
      stdio: ["ignore", log, log],
      reject: false,
      env: { ETCD_UNSUPPORTED_ARCH: "" },
      extendEnv: true,
    });
  }

  async kill(n: number): Promise<void> {
    const child = this.running.get(n);
    child?.kill("SIGKILL");
    await child;
  }

  /** etcdctl against some members. */
  async ctl(members: readonly number[], ...argv: string[]): Promise<string> {
    const endpoints = members.map(this.client).join(",");
    const options = { env: { ETCDCTL_API: "3" }, stdin: "ignore" } as const;
    return (
      await execa(
        this.tools.etcdctl,
        ["--endpoints", endpoints, "--command-timeout", "10s", ...argv],
        options,
      )
    ).stdout;
  }

  /** Until all of these answer with a leader. */
  async answers(...members: number[]): Promise<void> {
    for (const member of members) {
      for (const deadline = Date.now() + 60_000; ; ) {
        try {
          await this.ctl([member], "get", "any");
          break;
        } catch (error) {
          if (Date.now() > deadline) throw error;
        }
      }
    }
  }

  /** "ID STATUS NAME" of each member as the list has it. */
  async list(
    members: readonly number[],
  ): Promise<{ id: string; status: string; name: string; peer: string }[]> {
    return (await this.ctl(members, "member", "list")).split("\n").map((line) => {
      const [id = "", status = "", name = "", peer = ""] = line.split(", ");
      return { id, status, name, peer };
    });
  }

  async stop(): Promise<void> {
    for (const child of this.running.values()) child.kill("SIGKILL");
    await Promise.all(this.running.values());
    rmSync(this.directory, { recursive: true, force: true });
  }
}
