import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { freePort } from "../../agent/freePort";
import type { EtcdPrograms } from "./etcdPrograms";

const COUNT = 3;
const HEALTHY_MS = 120_000;
const POLL_MS = 20;
const STOP_GRACE_MS = 3000;
/** A store of a gigabyte and more fits. */
const QUOTA_BYTES = 16 * 1024 ** 3;

/** One etcd process on loopback; its data directory stands for the member's volume. */
export interface Member {
  readonly name: string;
  readonly volume: string;
  readonly client: string;
  readonly peer: string;
}

/** The members of one cluster. They can be stopped and started again; must be stopped in the end. */
export class Members {
  private readonly running = new Map<string, ChildProcess>();

  private constructor(
    readonly all: readonly Member[],
    private readonly programs: EtcdPrograms,
    private readonly log: string,
  ) {}

  /** @param programs of etcd. @param directory where the volumes are made. Starts nothing. */
  static async make(programs: EtcdPrograms, directory: string): Promise<Members> {
    const all: Member[] = [];
    for (let n = 0; n < COUNT; n++) {
      const volume = path.join(directory, `volume-${n}`);
      fs.mkdirSync(volume, { mode: 0o700 });
      const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
      all.push({ name: `kube-etcd-${n}`, volume, client, peer });
    }
    return new Members(all, programs, path.join(directory, "etcd.log"));
  }

  /** As etcd's flag `--initial-cluster`. */
  get initialCluster(): string {
    return this.all.map(({ name, peer }) => `${name}=${peer}`).join(",");
  }

  /** Process ids of the members that run. */
  get processIds(): ReadonlySet<number> {
    return new Set([...this.running.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
  }

  /** Starts all; does not wait. */
  start(): void {
    for (const member of this.all) {
      const log = fs.openSync(this.log, "a");
      const argv = [
        ...["--name", member.name, "--data-dir", member.volume, "--log-level", "warn"],
        ...["--listen-client-urls", member.client, "--advertise-client-urls", member.client],
        ...["--listen-peer-urls", member.peer, "--initial-advertise-peer-urls", member.peer],
        ...["--initial-cluster", this.initialCluster, "--quota-backend-bytes", `${QUOTA_BYTES}`],
      ];
      const child = spawn(this.programs.etcd, argv, { stdio: ["ignore", log, log] });
      fs.closeSync(log);
      this.running.set(member.name, child);
    }
  }

  /** Stops all at once, with the grace that a restore gives their Pods: a leader without peers waits for one in vain. */
  async stop(): Promise<void> {
    const stopped = [...this.running.values()].map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      const grace = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
      await exit;
      clearTimeout(grace);
    });
    await Promise.all(stopped);
    this.running.clear();
  }

  /** Until each member answers a read that needs the quorum. Throws when one has ended or time is up. */
  async healthy(): Promise<void> {
    const deadline = Date.now() + HEALTHY_MS;
    for (const { name, client } of this.all) {
      while (!(await isHealthy(client))) {
        const dead = this.running.get(name)?.exitCode ?? undefined;
        if (dead !== undefined) throw new Error(`${name} ended with ${dead}: see ${this.log}`);
        if (Date.now() > deadline) throw new Error(`${name} does not answer: see ${this.log}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  /** What each member holds. */
  async contents(): Promise<{ keys: number; hash: string }[]> {
    return Promise.all(
      this.all.map(async ({ client }) => {
        const ask = async (...argv: string[]) =>
          (await execa(this.programs.judge, ["--endpoints", client, "-w", "fields", ...argv])).stdout;
        const counted = await ask("get", "", "--prefix", "--count-only", "--consistency", "s");
        const hashed = await ask("--command-timeout", "60s", "endpoint", "hashkv");
        const field = (text: string, name: string) =>
          new RegExp(`^"${name}" : (\\d+)$`, "m").exec(text)?.[1] ?? "none";
        return { keys: Number(field(counted, "Count")), hash: field(hashed, "Hash") };
      }),
    );
  }
}

async function isHealthy(client: string): Promise<boolean> {
  try {
    const answer = await fetch(`${client}/health`, { signal: AbortSignal.timeout(5000) });
    return ((await answer.json()) as { health: string }).health === "true";
  } catch {
    return false;
  }
}
