import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { operatorScript, utilityScript, utilityScripts } from "../../components/restore/restoreScripts";
import type { Member, Members } from "./members";

/** What a way of restoring works with. */
export interface Ground {
  readonly members: Members;
  readonly snapshot: SnapshotFile;
  /** Directory with etcdutl, etcdctl and the stand-in for kubectl, before everything else on PATH. */
  readonly path: string;
  /** For files beside the volumes, on the same file system. */
  readonly directory: string;
  /** Shell that runs what runs in utility Pods, as words: `/bin/sh`, or `busybox ash`. */
  readonly shell: readonly string[];
}

/** The snapshot that all ways restore. */
export interface SnapshotFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly contentSha256: string;
  /** Live keys in it. */
  readonly keys: number;
}

/** The documented steps of one member after the other; the members do not run. */
export async function restoreAsDocumented({ members, snapshot, ...ground }: Ground): Promise<void> {
  const root = path.join(ground.directory, "pod-root");
  fs.mkdirSync(root, { recursive: true });
  const script = path.join(__dirname, "documented.sh");
  for (const { name, peer, volume } of members.all) {
    const argv = [script, root, name, members.initialCluster, peer];
    const archive = 'tar -P --transform "s,.*,snapshot.db," -cf - "$1"';
    await pipe(archive, snapshot.path, [...ground.shell, ...argv], environment(ground.path, volume));
  }
}

/** Our restore with the id `id`: the scripts of the utility Pods, and those that start and verify etcd. */
export class OurRestore {
  private readonly scripts: string;

  constructor(
    private readonly ground: Ground,
    private readonly id: string,
  ) {
    this.scripts = path.join(ground.directory, "scripts");
    fs.mkdirSync(this.scripts, { recursive: true });
    for (const name of utilityScripts) {
      fs.writeFileSync(path.join(this.scripts, `${name}.sh`), utilityScript(name));
    }
    const names = ground.members.all.map(({ name, client }) => `${name} ${client}\n`);
    fs.writeFileSync(path.join(ground.directory, "members"), names.join(""));
  }

  /** The way through the network is a pipe here, so nothing is packed. */
  async transfer(): Promise<void> {
    const { path: file, bytes, sha256, contentSha256 } = this.ground.snapshot;
    await this.together((member) =>
      this.inUtility(member, "receive", [`${bytes}`, sha256, "none", contentSha256], file),
    );
  }

  async stage(): Promise<void> {
    const { members, snapshot } = this.ground;
    const token = `bench-${this.id}`;
    await this.together(({ name, peer, volume }) =>
      this.inUtility({ name, volume }, "stage", [
        ...["etcdutl", name, members.initialCluster, token, peer],
        ...["1000000000", snapshot.sha256],
      ]),
    );
  }

  async swap(): Promise<void> {
    await this.together((member) => this.inUtility(member, "swap", []));
  }

  /** The step that waits until etcd answers; the processes have been started. */
  waitForEtcd(): Promise<void> {
    return this.operator("start-etcd");
  }

  verify(): Promise<void> {
    return this.operator("verify-etcd");
  }

  /** Removes what a restore leaves on the volumes. */
  async clear(): Promise<void> {
    for (const { volume } of this.ground.members.all) {
      for (const name of fs.readdirSync(volume).filter((entry) => entry !== "member")) {
        await fs.promises.rm(path.join(volume, name), { recursive: true });
      }
    }
  }

  private together(work: (member: Member) => Promise<void>): Promise<unknown> {
    return Promise.all(this.ground.members.all.map(work));
  }

  private inUtility(
    member: Pick<Member, "name" | "volume">,
    script: (typeof utilityScripts)[number],
    argv: readonly string[],
    input = "/dev/null",
  ): Promise<void> {
    const command = [...this.ground.shell, path.join(this.scripts, `${script}.sh`), this.id, ...argv];
    return pipe('cat "$1"', input, command, environment(this.ground.path, member.volume));
  }

  private async operator(name: string): Promise<void> {
    const { members, directory } = this.ground;
    const urls = members.all.map(({ client }) => client);
    await mustSucceed(["/bin/sh", "-c", operatorScript(name), name], {
      PATH: `${this.ground.path}:${process.env.PATH}`,
      BENCH_MEMBERS: path.join(directory, "members"),
      RESTORE_ID: this.id,
      NAMESPACE: "bench",
      KUBECONFIG: "none",
      MEMBERS: members.all.map((member) => member.name).join(" "),
      ETCD_STATEFULSET: "kube-etcd",
      APISERVER_STATEFULSET: "kube-apiserver",
      ETCD_CONTAINER: "kube-etcd",
      ETCD_ENDPOINTS: urls.join(","),
      ETCD_CLIENT_PORT: "2379",
      ETCD_CA: "none",
      ETCD_CERTIFICATE: "none",
      ETCD_KEY: "none",
    });
  }
}

/** The least that a durable restore of all members must do: as many copies of the snapshot, at once, each made durable. */
export async function copyDurably({ members, snapshot }: Ground): Promise<void> {
  await Promise.all(
    members.all.map(async ({ volume }) => {
      const copy = path.join(volume, "floor.db");
      await execa("cp", [snapshot.path, copy]);
      await execa("sync", [copy]);
    }),
  );
}

function environment(tools: string, volume: string): Record<string, string> {
  return { PATH: `${tools}:${process.env.PATH}`, DATA_DIRECTORY: volume };
}

/** `SENDER | COMMAND`, the shape of a stream that arrives; the sender, of a shell, finds the file in `$1`. */
function pipe(
  sender: string,
  file: string,
  command: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  const words = ["/bin/sh", "-c", `{ ${sender}; } | { shift; "$@"; }`, "pipe", file, ...command];
  return mustSucceed(words, env);
}

/** Throws what a failed command said, and not its text. */
async function mustSucceed(command: readonly string[], env: Record<string, string>): Promise<void> {
  const [program = "", ...argv] = command;
  const ran = await execa(program, argv, { env, reject: false });
  if (ran.failed) throw new Error(`exit code ${ran.exitCode}: ${ran.stderr}`);
}
