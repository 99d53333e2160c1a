import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { freePort } from "../../agent/freePort";
import { etcdInPods } from "../../components/hosted/etcdInPods";
import { type HostedMember, membersOf } from "../../components/hosted/hostedCluster";
import type { EtcdClient } from "../../components/procedure/substrate";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import type { Tools } from "../../lab/tools/provideTools";
import { etcdctlProcess } from "./etcdctlProcess";
import { FakeApi } from "./fakeApi";

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

const names = { members: 3, profile: gdcKubeception };
const namespace = "uc1";
const pods = `/api/v1/namespaces/${namespace}/pods`;
const statefulSets = `/apis/apps/v1/namespaces/${namespace}/statefulsets`;
const ordinals = [0, 1, 2] as const;

/** Three members, real etcd on loopback, each on a data directory of its own; and etcd's client in their Pods. */
export class EtcdMembers {
  /** As the acts know them, at the addresses that they have here. */
  readonly members: readonly HostedMember[];
  /** The substrate's own, over a Kubernetes API in memory whose Pods run a real etcdctl here. */
  readonly etcd: EtcdClient;
  private readonly api = new FakeApi();
  private readonly children = new Map<string, ExecaChildProcess>();

  private constructor(
    private readonly tools: Tools,
    readonly directory: string,
    private readonly flags: readonly string[],
    urls: readonly string[],
    private etcdctlPath = tools.path("etcdctl"),
  ) {
    this.members = membersOf(names).map((member, n) => ({
      ...member,
      clientUrl: urls[n] ?? "",
      peerUrl: urls[n + 3] ?? "",
    }));
    const { api } = this;
    this.declare([]);
    api.onExec = (options) => etcdctlProcess(options, this.etcdctlPath, this.clientOf(options.pod));
    api.before.push(({ path: asked }) => {
      const [, pod] = /\/pods\/([^/]+)\/log$/.exec(asked) ?? [];
      return pod === undefined ? undefined : this.logOf(pod);
    });
    this.etcd = etcdInPods({ client: api, namespace, names, members: this.members });
  }

  /** Members without data, that do not run. */
  static async make(tools: Tools, directory: string, flags: readonly string[] = []): Promise<EtcdMembers> {
    const ports = await Promise.all(Array.from({ length: 6 }, freePort));
    return new EtcdMembers(
      tools,
      directory,
      flags,
      ports.map((port) => `http://127.0.0.1:${port}`),
    );
  }

  /** Members as a restore by etcd's own tool leaves them, that run. */
  static async start(tools: Tools, args: RestoredMembers): Promise<EtcdMembers> {
    const members = await EtcdMembers.make(tools, args.directory, args.flags);
    for (const n of ordinals) members.restore(n, args);
    await members.bootAll();
    return members;
  }

  /** The id that a ledger has of the new cluster, in hex. */
  get clusterId(): string {
    const log = fs.readFileSync(path.join(this.directory, "restore.log"), "utf8");
    return /"cluster-id": *"([0-9a-f]+)"/.exec(log)?.[1] ?? "";
  }

  /** Data directories by member. */
  get directories(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.members.map(({ name }) => [name, path.join(this.directory, name)]));
  }

  /** From now on the members' images have this etcdctl. */
  useEtcdctl(file: string): void {
    this.etcdctlPath = file;
  }

  /** etcdctl on one member. */
  async ctl(member: number, ...argv: string[]): Promise<string> {
    return (await this.etcdctl(member, argv)).stdout;
  }

  etcdctl(member: number, argv: readonly string[]): ExecaChildProcess {
    const endpoint = this.members[member]?.clientUrl ?? "";
    return execa(this.tools.path("etcdctl"), ["--endpoints", endpoint, ...argv]);
  }

  log(member: number): string {
    return this.logOf(this.members[member]?.name ?? "");
  }

  /** What the StatefulSet says of its container's command. */
  declare(command: readonly string[]): void {
    const { statefulSet, container } = gdcKubeception.etcd;
    const spec = { template: { spec: { containers: [{ name: container, command }] } } };
    this.api.put(statefulSets, { metadata: { name: statefulSet }, spec });
  }

  /** Gives the space of deleted keys back, on every member. */
  async compactAll(): Promise<void> {
    const { header } = JSON.parse(await this.ctl(0, "get", "none", "-w", "json"));
    await this.ctl(0, "compact", "--physical", String(header.revision));
    for (const n of ordinals) await this.ctl(n, "defrag");
  }

  /** Starts a member. @returns its end */
  boot(n: number): ExecaChildProcess {
    const member = this.members[n];
    if (member === undefined) throw new Error(`no member ${n}`);
    const { name, clientUrl, peerUrl } = member;
    const flags = ["--initial-cluster", this.initialCluster, ...this.flags];
    const child = this.run(name, path.join(this.directory, name), clientUrl, peerUrl, flags);
    this.api.put(pods, { metadata: { name } });
    return child;
  }

  /** Starts all, and waits until each answers. */
  async bootAll(): Promise<void> {
    for (const n of ordinals) this.boot(n);
    for (const n of ordinals) await this.awaitHealth(n);
  }

  /** Kills a member; its Pod is gone too. */
  async end(member: number): Promise<void> {
    const name = this.members[member]?.name ?? "";
    this.children.get(name)?.kill("SIGKILL");
    await this.children.get(name);
    this.api.objects.delete(`${pods}/${name}`);
  }

  /** Kills all. */
  async stop(): Promise<void> {
    await Promise.all(ordinals.map((n) => this.end(n)));
  }

  /** Asks all to end, with the grace of their Pods: a leader without peers waits for one in vain. */
  async shutDown(): Promise<void> {
    for (const child of this.children.values()) child.kill("SIGTERM", { forceKillAfterTimeout: 3000 });
    await Promise.all(this.children.values());
    for (const { name } of this.members) this.api.objects.delete(`${pods}/${name}`);
  }

  /** An etcd of before the restore: the same names and peer addresses, another token. Its end is the caller's. */
  bootStranger(own: string, client: string): ExecaChildProcess {
    const [first, second] = this.members.map(({ name, peerUrl }) => `${name}=${peerUrl}`);
    const data = path.join(this.directory, "stranger");
    const cluster = ["--initial-cluster", [`old=${own}`, first, second].join(",")];
    return this.run("old", data, client, own, [...cluster, "--initial-cluster-token", "etcd-cluster-1"]);
  }

  private get initialCluster(): string {
    return this.members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(",");
  }

  private clientOf(pod: string): string {
    return this.members.find(({ name }) => name === pod)?.clientUrl ?? "";
  }

  private logOf(name: string): string {
    return fs.readFileSync(path.join(this.directory, `log.${name}`), "utf8");
  }

  private restore(n: number, { snapshots, bump = 1_000_000_000 }: RestoredMembers): void {
    const { directory } = this;
    const { name = "", peerUrl = "" } = this.members[n] ?? {};
    const snapshot = typeof snapshots === "string" ? snapshots : (snapshots[n] ?? "");
    const argv = ["snapshot", "restore", snapshot, "--data-dir", path.join(directory, name), "--name", name];
    argv.push("--initial-cluster", this.initialCluster, "--initial-advertise-peer-urls", peerUrl);
    argv.push("--initial-cluster-token", "etcd-recovery-uc1-r1");
    if (bump > 0) argv.push("--bump-revision", String(bump), "--mark-compacted");
    const log = fs.openSync(path.join(directory, "restore.log"), "a");
    execFileSync(this.tools.path("etcdutl"), argv, { stdio: ["ignore", log, log] });
    fs.closeSync(log);
  }

  private run(name: string, data: string, client: string, peer: string, flags: string[]): ExecaChildProcess {
    const log = fs.openSync(path.join(this.directory, `log.${name}`), "a");
    const urls = ["--listen-client-urls", client, "--advertise-client-urls", client];
    urls.push("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer);
    const argv = ["--name", name, "--data-dir", data, ...urls, ...flags];
    const child = execa(this.tools.path("etcd"), argv, { stdio: ["ignore", log, log], reject: false });
    fs.closeSync(log);
    this.children.set(name, child);
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
