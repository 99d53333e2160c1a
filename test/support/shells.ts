import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A shell that scripts must run under, with the programs that it finds. */
export interface ShellKind {
  readonly name: string;
  readonly argv: readonly string[];
  /** Directories of its PATH, made in `directory`. */
  readonly path: (directory: string) => string;
}

/** dash with the host's programs; busybox ash with nothing but busybox's applets. */
export const shells: readonly ShellKind[] = [
  { name: "dash", argv: ["dash"], path: () => process.env.PATH ?? "" },
  { name: "busybox ash", argv: ["busybox", "ash"], path: busyboxApplets },
];

function busyboxApplets(directory: string): string {
  const applets = join(directory, "applets");
  mkdirSync(applets);
  for (const applet of execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" }).trim().split("\n")) {
    if (!applet.includes("busybox")) symlinkSync("/bin/busybox", join(applets, applet));
  }
  return applets;
}

interface RunOptions {
  readonly env?: Record<string, string>;
  /** Standard input; default, nothing. */
  readonly input?: Buffer | string;
}

/** A directory with stub programs, in which scripts run. */
export class Sandbox {
  readonly directory = mkdtempSync(join(tmpdir(), "etcd-recovery-shell-"));
  /** PATH of what runs in it. */
  readonly path: string;

  constructor(private readonly shell: ShellKind) {
    mkdirSync(join(this.directory, "stubs"));
    this.path = `${join(this.directory, "stubs")}:${shell.path(this.directory)}`;
  }

  /** Puts a program, a shell script's body, before all others on PATH. */
  stub(name: string, body: string): void {
    const file = join(this.directory, "stubs", name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
  }

  /** Runs a script's text. */
  run(script: string, argv: readonly string[], options: RunOptions = {}) {
    return this.execute(["-c", script, "script", ...argv], options);
  }

  /** Runs a script's file, so that it finds what lies beside it. */
  runFile(file: string, argv: readonly string[], options: RunOptions = {}) {
    return this.execute([file, ...argv], options);
  }

  /** Starts a script's file and does not wait for it; its end is the caller's. */
  startFile(file: string, argv: readonly string[], env: Record<string, string>): ChildProcess {
    const [program = "sh", ...rest] = this.shell.argv;
    return spawn(`/bin/${program}`, [...rest, file, ...argv], {
      cwd: this.directory,
      env: { PATH: this.path, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  private execute(argv: readonly string[], { env, input }: RunOptions) {
    const [program = "sh", ...rest] = this.shell.argv;
    const ran = spawnSync(`/bin/${program}`, [...rest, ...argv], {
      cwd: this.directory,
      env: { PATH: this.path, ...env },
      input: input ?? "",
      encoding: "utf8",
      timeout: 15_000,
    });
    return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
