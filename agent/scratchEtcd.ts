import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { FailedError, type UserError } from "../components/errors";
import { freePort } from "./freePort";
import { EtcdConnection } from "./rpc/etcdConnection";
import type { Spool } from "./spool";
import { judgeToolEnd, type ToolEnd } from "./toolEnd";

const START_SECONDS = 60;
const STOP_MS = 5000;

/** An etcd of one member on loopback, on data that a snapshot was restored into. Must be stopped. */
export class ScratchEtcd {
  readonly connection: EtcdConnection;

  private constructor(
    private readonly child: ChildProcess,
    private readonly log: string,
    url: string,
  ) {
    this.connection = new EtcdConnection("the restored etcd", url);
  }

  /** @throws FailedError when `etcd` or `etcdutl` is missing */
  static async checkTools(): Promise<void> {
    for (const [tool, argv] of [
      ["etcd", ["--version"]],
      ["etcdutl", ["version"]],
    ] as const) {
      const child = spawn(tool, argv, { stdio: "ignore" });
      const [code] = await once(child, "close").catch(() => [-1]);
      if (code !== 0)
        throw new FailedError(`drill: ${tool} is not there.`, "A drill needs etcd and etcdutl in PATH.");
    }
  }

  /** @throws RefusedError when etcd's own tool does not restore it; FailedError when this machine is why */
  static async restored(snapshot: string, spool: Spool, signal: AbortSignal): Promise<ScratchEtcd> {
    const data = spool.path("data");
    const [peer, client] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const cluster = ["--name", "drill", "--initial-cluster", `drill=${peer}`];
    const urls = ["--initial-advertise-peer-urls", peer];
    const argv = ["snapshot", "restore", snapshot, "--data-dir", data, ...cluster, ...urls];
    await restoreWith(argv, spool.path("etcdutl.log"), signal);
    const log = spool.path("etcd.log");
    const listen = ["--listen-peer-urls", peer, "--listen-client-urls", client];
    const more = [
      "--advertise-client-urls",
      client,
      "--log-level",
      "warn",
      "--quota-backend-bytes",
      `${QUOTA}`,
    ];
    const child = started("etcd", [...cluster, "--data-dir", data, ...urls, ...listen, ...more], log);
    child.on("error", () => undefined);
    return new ScratchEtcd(child, log, client);
  }

  /** Until it answers. @throws RefusedError when it does not; FailedError when this machine is why */
  async answers(signal: AbortSignal): Promise<void> {
    for (const ends = Date.now() + START_SECONDS * 1000; ; ) {
      signal.throwIfAborted();
      const status = await this.connection.status(2).catch(() => undefined);
      if (status?.role === "leader") return;
      const { exitCode, signalCode } = this.child;
      if (exitCode !== null || signalCode !== null || Date.now() > ends)
        throw await failure(this.log, {
          what: "etcd did not start on it",
          signal: signalCode,
          otherwise: `no answer within ${START_SECONDS} s`,
        });
      await sleep(100);
    }
  }

  async stop(): Promise<void> {
    this.connection.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(late);
  }
}

/** Larger than any snapshot that etcd supports. */
const QUOTA = 32 * 1024 ** 3;

async function restoreWith(argv: readonly string[], log: string, signal: AbortSignal): Promise<void> {
  const child = started("etcdutl", argv, log);
  const stop = () => child.kill();
  signal.addEventListener("abort", stop);
  try {
    const [code, ended] = await once(child, "close");
    signal.throwIfAborted();
    const otherwise = `exit code ${code}`;
    if (code !== 0)
      throw await failure(log, { what: "etcdutl does not restore it", signal: ended, otherwise });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function started(program: string, argv: readonly string[], log: string): ChildProcess {
  const file = openSync(log, "a", 0o600);
  try {
    return spawn(program, argv, { stdio: ["ignore", file, file] });
  } finally {
    closeSync(file);
  }
}

const failure = async (log: string, end: Omit<ToolEnd, "log">): Promise<UserError> =>
  judgeToolEnd({ ...end, log: await readFile(log, "utf8").catch(() => "") });
