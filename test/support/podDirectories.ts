import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DirectoryVolumes } from "./directoryVolumes";
import { writeMemberScripts } from "./memberVolume";
import { Sandbox, type ShellKind } from "./shells";

/** Volumes of members in a sandbox, whose stubs stand in for the programs of the members' image. */
export class PodDirectories {
  readonly sandbox: Sandbox;
  readonly volumes: DirectoryVolumes;
  private readonly directories: Readonly<Record<string, string>>;

  constructor(shell: ShellKind, members: readonly string[], codecs: readonly ("gzip" | "zstd")[] = []) {
    this.sandbox = new Sandbox(shell);
    const { directory, path } = this.sandbox;
    this.directories = Object.fromEntries(members.map((member) => [member, join(directory, member)]));
    for (const data of Object.values(this.directories)) mkdirSync(data);
    const [program = "sh", ...argv] = shell.argv;
    this.volumes = new DirectoryVolumes({
      directories: this.directories,
      scripts: writeMemberScripts(join(directory, "etcd-recovery")),
      shell: [`/bin/${program}`, ...argv],
      path,
      codecs,
    });
  }

  /** Data directory of a member. */
  data(member: string): string {
    return this.directories[member] ?? "";
  }

  dispose(): void {
    this.volumes.end();
    this.sandbox.dispose();
  }
}
