import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import type { Members } from "./members";

/** What a way of restoring works with. */
export interface Ground {
  readonly members: Members;
  readonly snapshot: SnapshotFile;
  /** Directory with etcdutl and etcdctl, before everything else on PATH. */
  readonly path: string;
  /** For files beside the volumes, on the same file system. */
  readonly directory: string;
  /** Shell that runs what runs in utility Pods, as words: `/bin/sh`, or `/bin/busybox ash`. */
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
