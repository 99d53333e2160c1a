import * as fs from "node:fs";
import * as path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import type { MemberRepair, Seed } from "../../components/procedure/memberRepair";
import type { EtcdMembers } from "./etcdMembers";

/** Milliseconds after which an etcd that has ended is started again, as a kubelet does. */
const RESTART_MS = 200;

/** What stands for a member's Pod: its etcd is started again and again, and a seed may run beside it. */
export class ProcessRepair implements MemberRepair {
  private turn = 0;
  private seed: ExecaChildProcess | undefined;

  constructor(
    private readonly members: EtcdMembers,
    private readonly etcd: string,
  ) {}

  /** Starts a member's etcd whenever it ends, until its instance is ended. */
  supervise(member: string): void {
    this.turn += 1;
    void this.restart(member, this.turn);
  }

  async endInstance(member: string): Promise<void> {
    await this.stop();
    await this.members.end(this.ordinal(member));
    this.supervise(member);
  }

  async awaitInstance(): Promise<void> {}

  async hasSeed(): Promise<boolean> {
    return this.seed !== undefined;
  }

  async startSeed(member: string, { directory, initialCluster, peerUrl }: Seed): Promise<void> {
    const client = this.members.members[this.ordinal(member)]?.clientUrl;
    const log = fs.openSync(this.log, "a");
    const argv = [
      ...[`--name=${member}`, `--data-dir=${path.join(this.members.directory, member, directory)}`],
      ...["--initial-cluster-state=existing", `--initial-cluster=${initialCluster}`],
      ...[`--initial-advertise-peer-urls=${peerUrl}`, `--advertise-client-urls=${client}`],
      ...["--listen-peer-urls=http://127.0.0.1:0", "--listen-client-urls=http://127.0.0.1:0"],
      ...["--quota-backend-bytes=-1", "--snapshot-count=1000000000"],
    ];
    this.seed = execa(this.etcd, argv, { stdio: ["ignore", log, log], reject: false });
    fs.closeSync(log);
  }

  async seedEnded(): Promise<boolean> {
    return this.seed?.exitCode !== null;
  }

  async seedSaid(): Promise<string> {
    return fs.readFileSync(this.log, "utf8").trim().split("\n").at(-1) ?? "";
  }

  /** Ends the seed, and nothing is started again. */
  async stop(): Promise<void> {
    this.turn += 1;
    this.seed?.kill("SIGKILL");
    await this.seed;
    this.seed = undefined;
  }

  private get log(): string {
    return path.join(this.members.directory, "log.seed");
  }

  private ordinal(member: string): number {
    return this.members.members.findIndex(({ name }) => name === member);
  }

  private async restart(member: string, turn: number): Promise<void> {
    while (turn === this.turn) {
      await this.members.boot(this.ordinal(member));
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    }
  }
}
