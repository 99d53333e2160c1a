import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { operatorScript } from "../../components/restore/restoreScripts";
import type { Tools } from "../../lab/tools/provideTools";
import { freePort } from "./etcdServer";

/** How members are restored; what is left out is as a restore does it. */
export interface RestoredMembers {
  readonly directory: string;
  /** One snapshot for all, or one for each of the three. */
  readonly snapshots: string | readonly [string, string, string];
  /** 0: no bump, and nothing marked as compacted. */
  readonly bump?: number;
  /** Further flags of etcd. */
  readonly flags?: readonly string[];
}

/** What a step printed, and how it ended. */
export interface StepRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const names = ["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"] as const;

/**
 * Three members as a restore leaves them, real etcd on loopback, and before them a kubectl that knows just what the steps
 * ask: exec, logs, the ledger, replicas.
 */
export class EtcdMembers {
  private readonly children = new Map<string, ExecaChildProcess>();
  private readonly stub: string;

  private constructor(
    private readonly tools: Tools,
    private readonly args: RestoredMembers,
    private readonly clients: readonly string[],
    readonly peers: readonly string[],
  ) {
    this.stub = path.join(args.directory, "stub");
    fs.mkdirSync(this.stub, { recursive: true });
    fs.symlinkSync(path.join(__dirname, "stubKubectl.sh"), path.join(this.stub, "kubectl"));
  }

  static async start(tools: Tools, args: RestoredMembers): Promise<EtcdMembers> {
    const ports = await Promise.all(Array.from({ length: 6 }, freePort));
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    const members = new EtcdMembers(tools, args, urls.slice(0, 3), urls.slice(3));
    for (const n of names.keys()) members.restore(n);
    for (const n of names.keys()) members.boot(n);
    for (const n of names.keys()) await members.awaitHealth(n);
    return members;
  }

  /** The id that a ledger has of the new cluster, in hex. */
  get clusterId(): string {
    return (
      /"cluster-id": *"([0-9a-f]+)"/.exec(
        fs.readFileSync(path.join(this.args.directory, "restore.log"), "utf8"),
      )?.[1] ?? ""
    );
  }

  /** etcdctl on one member. */
  async ctl(member: number, ...argv: string[]): Promise<string> {
    return (await this.etcdctl(member, argv)).stdout;
  }

  etcdctl(member: number, argv: readonly string[]): ExecaChildProcess {
    return execa(this.tools.path("etcdctl"), ["--endpoints", this.clients[member] ?? "", ...argv]);
  }

  log(member: number): string {
    return fs.readFileSync(path.join(this.stub, `log.${names[member]}`), "utf8");
  }

  /** What the StatefulSet says of its containers' commands. */
  declare(command: string): void {
    fs.writeFileSync(path.join(this.stub, "command"), command);
  }

  /** Gives the space of deleted keys back, on every member. */
  async compactAll(): Promise<void> {
    const { header } = JSON.parse(await this.ctl(0, "get", "none", "-w", "json"));
    await this.ctl(0, "compact", "--physical", String(header.revision));
    for (const n of names.keys()) await this.ctl(n, "defrag");
  }

  async end(member: number): Promise<void> {
    const child = this.children.get(names[member] ?? "");
    child?.kill("SIGKILL");
    await child;
    fs.rmSync(path.join(this.stub, `url.${names[member]}`), { force: true });
  }

  async stop(): Promise<void> {
    await Promise.all([...names.keys()].map((n) => this.end(n)));
  }

  /** Runs a step of a restore against them. @param ledger fields beside those of a restore that has started etcd. */
  async step(
    name: string,
    ledger: Record<string, string>,
    etcdctl = this.tools.path("etcdctl"),
  ): Promise<StepRun> {
    const fields = { id: "r1", phase: "started", "live-revision": "0", cluster: this.clusterId, ...ledger };
    const lines = Object.entries(fields).map(([field, value]) => `${field} ${value}\n`);
    fs.writeFileSync(path.join(this.stub, "ledger"), lines.join(""));
    const { etcd } = gdcKubeception;
    const environment = {
      PATH: `${this.stub}:${process.env.PATH}`,
      STUB: this.stub,
      ETCDCTL: etcdctl,
      NAMESPACE: "uc1",
      KUBECONFIG: "/nowhere",
      RESTORE_ID: "r1",
      MEMBERS: names.join(" "),
      ETCD_STATEFULSET: etcd.statefulSet,
      ETCD_CONTAINER: etcd.container,
      ETCD_ENDPOINTS: this.clients.join(","),
      ETCD_CLIENT_PORT: "2379",
      ETCD_CA: etcd.ca,
      ETCD_CERTIFICATE: etcd.certificate,
      ETCD_KEY: etcd.key,
      APISERVER_STATEFULSET: gdcKubeception.apiServer.statefulSet,
      HASH_SECONDS: "20",
    };
    const ran = await execa("/bin/sh", ["-c", operatorScript(name), name], {
      env: environment,
      extendEnv: false,
      reject: false,
    });
    return { exitCode: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr };
  }

  /** An etcd of before the restore: the same names and peer addresses, another token. Its end is the caller's. */
  bootStranger(own: string, client: string): ExecaChildProcess {
    const peers = [`old=${own}`, `${names[0]}=${this.peers[0]}`, `${names[1]}=${this.peers[1]}`];
    const data = path.join(this.args.directory, "stranger");
    return this.run("stranger", "old", data, client, own, [
      "--initial-cluster",
      peers.join(","),
      "--initial-cluster-token",
      "etcd-cluster-1",
    ]);
  }

  private restore(n: number): void {
    const { directory, snapshots, bump = 1_000_000_000 } = this.args;
    const snapshot = typeof snapshots === "string" ? snapshots : (snapshots[n] ?? "");
    const cluster = names.map((name, m) => `${name}=${this.peers[m]}`).join(",");
    const argv = ["snapshot", "restore", snapshot, "--data-dir", path.join(directory, names[n] ?? "")];
    argv.push("--name", names[n] ?? "", "--initial-cluster", cluster);
    argv.push(
      "--initial-cluster-token",
      "etcd-recovery-uc1-r1",
      "--initial-advertise-peer-urls",
      this.peers[n] ?? "",
    );
    if (bump > 0) argv.push("--bump-revision", String(bump), "--mark-compacted");
    const log = fs.openSync(path.join(directory, "restore.log"), "a");
    execFileSync(this.tools.path("etcdutl"), argv, { stdio: ["ignore", log, log] });
    fs.closeSync(log);
  }

  private boot(n: number): void {
    const name = names[n] ?? "";
    const data = path.join(this.args.directory, name);
    const flags = ["--initial-cluster", names.map((other, m) => `${other}=${this.peers[m]}`).join(",")];
    this.run(name, name, data, this.clients[n] ?? "", this.peers[n] ?? "", [
      ...flags,
      ...(this.args.flags ?? []),
    ]);
    fs.writeFileSync(path.join(this.stub, `url.${name}`), this.clients[n] ?? "");
  }

  private run(
    key: string,
    name: string,
    data: string,
    client: string,
    peer: string,
    flags: string[],
  ): ExecaChildProcess {
    const log = fs.openSync(path.join(this.stub, `log.${key}`), "a");
    const urls = ["--listen-client-urls", client, "--advertise-client-urls", client];
    urls.push("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer);
    const argv = ["--name", name, "--data-dir", data, ...urls, ...flags];
    const child = execa(this.tools.path("etcd"), argv, { stdio: ["ignore", log, log], reject: false });
    fs.closeSync(log);
    this.children.set(key, child);
    return child;
  }

  private async awaitHealth(n: number): Promise<void> {
    for (const deadline = Date.now() + 30_000; ; ) {
      try {
        await this.ctl(n, "get", "a");
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}
