import * as fs from "node:fs";
import * as path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { freePort } from "../../agent/freePort";

const START_MS = 30_000;

/** A single etcd on loopback, in a directory of its own. Must be stopped. */
export class EtcdServer {
  private constructor(
    readonly url: string,
    private readonly etcdctl: string,
    private readonly child: ExecaChildProcess,
  ) {}

  /**
   * A port that was free may be taken a moment later by a test beside this one: then others are tried.
   *
   * @param data where the data directory is made. @param extra further flags of etcd.
   */
  static async start(
    tools: { etcd: string; etcdctl: string },
    data: string,
    extra: string[] = [],
  ): Promise<EtcdServer> {
    for (let tries = 1; ; tries += 1) {
      const server = await EtcdServer.launch(tools, data, extra);
      try {
        await server.waitUntilHealthy();
        return server;
      } catch (error) {
        if (server.child.exitCode === 0 || tries === 3) throw error;
      }
    }
  }

  private static async launch(
    tools: { etcd: string; etcdctl: string },
    data: string,
    extra: string[],
  ): Promise<EtcdServer> {
    const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const urls = [
      "--listen-client-urls",
      client,
      "--advertise-client-urls",
      client,
      "--listen-peer-urls",
      peer,
    ];
    const cluster = ["--initial-advertise-peer-urls", peer, "--initial-cluster", `one=${peer}`];
    const log = fs.openSync(path.join(path.dirname(data), "etcd.log"), "a");
    const argv = ["--name", "one", "--data-dir", data, ...urls, ...cluster, ...extra];
    const child = execa(tools.etcd, argv, { stdio: ["ignore", log, log], reject: false });
    fs.closeSync(log);
    return new EtcdServer(client, tools.etcdctl, child);
  }

  /** Runs etcdctl; answers its output. */
  async ctl(...argv: string[]): Promise<string> {
    const options = { env: { ETCDCTL_API: "3" }, stdin: "ignore" } as const;
    return (
      await execa(this.etcdctl, ["--endpoints", this.url, "--command-timeout", "20s", ...argv], options)
    ).stdout;
  }

  async json<T>(...argv: string[]): Promise<T> {
    return parseExact(await this.ctl(...argv, "--write-out", "json"));
  }

  async put(key: string, value: string): Promise<void> {
    await this.ctl("put", "--", key, value);
  }

  /** Saves a snapshot; answers its path. */
  async save(file: string): Promise<string> {
    await this.ctl("snapshot", "save", file);
    return file;
  }

  /** Every event since `revision`, as `etcdctl watch` gives it, up to the revision of `last`. */
  async events(revision: bigint, last: bigint): Promise<WatchEvent[]> {
    const argv = [
      "--endpoints",
      this.url,
      "watch",
      "--prefix",
      "--rev",
      `${revision}`,
      "--write-out",
      "json",
      "",
    ];
    const watch = execa(this.etcdctl, argv, { env: { ETCDCTL_API: "3" }, reject: false, buffer: false });
    const events: WatchEvent[] = [];
    let text = "";
    const deadline = setTimeout(() => watch.kill(), 30_000);
    for await (const chunk of watch.stdout ?? []) {
      text += String(chunk);
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        events.push(...(parseExact<{ Events?: WatchEvent[] }>(line).Events ?? []));
      }
      if (BigInt(events.at(-1)?.kv.mod_revision ?? 0) >= last) break;
    }
    clearTimeout(deadline);
    watch.kill();
    return events;
  }

  /** @param graceMilliseconds after which it is killed */
  async stop(graceMilliseconds = 5000): Promise<void> {
    this.child.kill("SIGTERM", { forceKillAfterTimeout: graceMilliseconds });
    await this.child;
  }

  private async waitUntilHealthy(): Promise<void> {
    for (const deadline = Date.now() + START_MS; ; ) {
      try {
        await this.ctl("endpoint", "health", "--command-timeout=2s");
        return;
      } catch (error) {
        if (Date.now() > deadline || this.child.exitCode !== null) {
          await this.stop();
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }
}

/** A key as etcdctl prints it; keys and values are base64. */
export interface EtcdKeyValue {
  readonly key: string;
  readonly create_revision?: number;
  readonly mod_revision: number;
  readonly version?: number;
  readonly value?: string;
  /** A string when it is large; see {@link parseExact}. */
  readonly lease?: number | string;
}

export interface WatchEvent {
  /** 1 for a deletion. */
  readonly type?: number;
  readonly kv: EtcdKeyValue;
}

/** Parses JSON whose integers of 16 digits and more become strings, because JavaScript would round them. */
function parseExact<T>(text: string): T {
  return JSON.parse(text.replace(/:(\d{16,})/g, ':"$1"')) as T;
}
