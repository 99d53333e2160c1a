import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type MemberCall, memberFiles } from "../../components/member/memberScripts";
import { Sandbox, type ShellKind } from "./shells";

/** Writes all member scripts into a directory, as they are mounted into a utility Pod; answers the directory. */
export function writeMemberScripts(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const files = { ...memberFiles("rollback"), ...memberFiles("repair"), ...memberFiles("finalize") };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

/** A member's volume in a sandbox, on which its scripts run. */
export class MemberVolume {
  readonly sandbox: Sandbox;
  readonly scripts: string;
  /** The data directory; its name has a space, as any name may. */
  readonly data: string;

  constructor(
    shell: ShellKind,
    readonly id = "r1",
  ) {
    this.sandbox = new Sandbox(shell);
    this.scripts = writeMemberScripts(join(this.sandbox.directory, "etcd-recovery"));
    this.data = join(this.sandbox.directory, "data with space");
    mkdirSync(this.data);
  }

  /** The restore's own directory. */
  get work(): string {
    return join(this.data, ".etcd-recovery", this.id);
  }

  /** Where what was live is put aside. */
  get previous(): string {
    return join(this.data, `member.pre-${this.id}`);
  }

  run(call: MemberCall, input: Buffer | string = "", env: Record<string, string> = {}) {
    return this.sandbox.runFile(this.file(call), call.argv, { env: { ...this.environment, ...env }, input });
  }

  /** Starts a call and does not wait. */
  start(call: MemberCall) {
    return this.sandbox.startFile(this.file(call), call.argv, this.environment);
  }

  /** Makes a data directory of this content; default, the live one. */
  fill(content: string | Buffer, directory = join(this.data, "member")): void {
    for (const part of ["snap", "wal"]) mkdirSync(join(directory, part), { recursive: true });
    writeFileSync(join(directory, "snap", "db"), content);
    writeFileSync(join(directory, "wal", "0-0.wal"), "log");
  }

  /** Content of the live database. */
  live(): string {
    return readFileSync(join(this.data, "member", "snap", "db"), "utf8");
  }

  /** A shell command, for what a test does to the volume; `$1` and on are its arguments. */
  sh(command: string, ...argv: string[]): void {
    const { code, stderr } = this.sandbox.run(command, argv);
    if (code !== 0) throw new Error(`${command}: ${stderr}`);
  }

  /** Every name below the data directory. */
  tree(directory = this.data): string[] {
    return readdirSync(directory, { recursive: true }).map(String).sort();
  }

  dispose(): void {
    this.sandbox.dispose();
  }

  private file(call: MemberCall): string {
    return join(this.scripts, `${call.script}.sh`);
  }

  private get environment(): Record<string, string> {
    return { DATA_DIRECTORY: this.data, LOCK_SECONDS: "1" };
  }
}
