import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { unpackedFile } from "../../components/access/unpackedFile";
import { type MemberCall, memberCommand } from "../../components/member/memberScripts";
import { type FileSource, MemberScriptError, type Volumes } from "../../components/procedure/substrate";

/** Where members' volumes are, and what works on them. */
export interface DirectoryVolumesArgs {
  /** Data directories, by member. */
  readonly directories: Readonly<Record<string, string>>;
  /** Directory of the members' scripts; see writeMemberScripts. */
  readonly scripts: string;
  /** Program that runs them, with its first arguments: `/bin/dash`, or `/bin/busybox` and `ash`. */
  readonly shell: readonly string[];
  /** Their PATH: it has etcd's tools. */
  readonly path: string;
  /** Codecs that this machine is to have. Default: none, since nothing is gained on the way to a directory. */
  readonly codecs?: readonly ("gzip" | "zstd")[];
}

const packers = { gzip: ["gzip", "-1", "-c"], zstd: ["zstd", "-1", "-cq"] } as const;

/** How a process ended. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Members' volumes as directories of this machine, with the real scripts of the members on them. */
export class DirectoryVolumes implements Volumes {
  /** Every script that was run, as "SCRIPT MEMBER". */
  readonly calls: string[] = [];
  private readonly holding = new Set<string>();
  private readonly mounts = new Map<string, ChildProcess>();

  constructor(private readonly args: DirectoryVolumesArgs) {}

  /** Gives a member's volume an empty file system of that size, as mount's option says it; it goes with {@link end}. */
  async mount(member: string, size: string): Promise<void> {
    const script = 'mount -t tmpfs -o "size=$1" none "$2" && echo mounted && exec sleep 1000';
    const argv = [isRoot ? "-m" : "-rm", "/bin/sh", "-c", script, "sh", size, this.directory(member)];
    const holder = spawn("unshare", argv, { stdio: ["ignore", "pipe", "inherit"] });
    this.mounts.set(member, holder);
    await once(holder.stdout, "data");
  }

  /** Names of the files on a member's volume. */
  async files(member: string): Promise<string[]> {
    const { stdout } = await finish(
      this.spawn(member, ["/usr/bin/find", this.directory(member), "-type", "f", "-printf", "%P\\n"]),
    );
    return stdout.split("\n").filter(Boolean).sort();
  }

  /** Takes the mounted file systems away. */
  end(): void {
    for (const holder of this.mounts.values()) holder.kill("SIGKILL");
  }

  async await(member: string): Promise<void> {
    this.directory(member);
  }

  run(member: string, call: MemberCall): Promise<string> {
    const child = this.start(member, call);
    child.stdin?.end();
    return outputOf(member, child);
  }

  async send(member: string, call: MemberCall, { path, identityFile, codec }: FileSource): Promise<string> {
    return this.pour(member, call, packed(await unpackedFile(path, identityFile), codec));
  }

  async copy(from: string, fromCall: MemberCall, to: string, toCall: MemberCall): Promise<string> {
    const source = this.start(from, fromCall);
    source.stdin?.end();
    // Two ways to end: the source that failed is said before what it did to the other.
    const [sent, answer] = await Promise.allSettled([
      outputOf(from, source, false),
      this.pour(to, toCall, source.stdout as Readable),
    ]);
    if (sent.status === "rejected") throw sent.reason;
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  }

  async codecs(): Promise<readonly ("gzip" | "zstd")[]> {
    return this.args.codecs ?? [];
  }

  async describe(): Promise<Readonly<Record<string, string>>> {
    return {};
  }

  async release(members: readonly string[]): Promise<void> {
    for (const member of members) this.holding.delete(member);
  }

  async held(): Promise<readonly string[]> {
    return [...this.holding];
  }

  async clean(): Promise<readonly string[]> {
    return [];
  }

  async removeAll(): Promise<void> {
    this.holding.clear();
  }

  private directory(member: string): string {
    const directory = this.args.directories[member];
    if (directory === undefined) throw new Error(`no member ${member}`);
    return directory;
  }

  private start(member: string, call: MemberCall): ChildProcess {
    this.calls.push(`${call.script} ${member}`);
    this.holding.add(member);
    // The shell that is asked for, in the place of the Pod's own.
    const [, ...script] = memberCommand(call, undefined, this.args.scripts);
    return this.spawn(member, [...this.args.shell, ...script]);
  }

  private spawn(member: string, command: readonly string[]): ChildProcess {
    const holder = this.mounts.get(member);
    const enter = isRoot ? ["-m"] : ["-U", "--preserve-credentials", "-m"];
    const inside = holder === undefined ? [] : ["/usr/bin/nsenter", "-t", String(holder.pid), ...enter];
    const [program = "", ...argv] = [...inside, ...command];
    const env = { PATH: this.args.path, DATA_DIRECTORY: this.directory(member), LOCK_SECONDS: "1" };
    return spawn(program, argv, { env, stdio: ["pipe", "pipe", "pipe"] });
  }

  private pour(member: string, call: MemberCall, input: Readable): Promise<string> {
    const child = this.start(member, call);
    // A script may end before it has read everything: its exit code says why.
    child.stdin?.on("error", () => input.destroy());
    input.on("error", () => child.kill("SIGKILL"));
    if (child.stdin !== null) input.pipe(child.stdin);
    return outputOf(member, child);
  }
}

const isRoot = process.getuid?.() === 0;

function packed(input: Readable, codec: FileSource["codec"]): Readable {
  if (codec === "none") return input;
  const [program, ...argv] = packers[codec];
  const packer = spawn(program, argv, { stdio: ["pipe", "pipe", "inherit"] });
  packer.stdin.on("error", () => input.destroy());
  input.pipe(packer.stdin);
  return packer.stdout;
}

/** @throws MemberScriptError for any other end than with 0 */
async function outputOf(member: string, child: ChildProcess, keep = true): Promise<string> {
  const { code, stdout, stderr } = await finish(child, keep);
  if (code !== 0) throw new MemberScriptError(member, code ?? -1, stderr);
  return stdout;
}

/** @param keep its output; else somebody else reads that */
async function finish(child: ChildProcess, keep = true): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  child.stderr?.on("data", (chunk) => {
    said.stderr += chunk;
  });
  if (keep)
    child.stdout?.on("data", (chunk) => {
      said.stdout += chunk;
    });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}
