import { type ChildProcess, spawn } from "node:child_process";
import { CommandOutput, commandFailure, type ShellOutput } from "./commandOutput";

/** One run of a command. */
export interface ShellRun {
  readonly command: string;
  /** Program and first arguments; the command is the last argument. Default `/bin/sh -c`. */
  readonly interpreter?: readonly string[] | undefined;
  readonly dir?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: string | undefined;
  /** Which streams are shown while the command runs: stdout, stderr, stdoutAndStderr (default) or none. */
  readonly logging?: string | undefined;
  /** Output of the run before, given as PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR when not empty. */
  readonly previous?: ShellOutput | undefined;
}

/**
 * Runs a command as the official plugin does. It fails with the exit status, the whole command and all of its output;
 * it ends only when every process that holds its output has ended; an abort kills the interpreter itself and no one else.
 */
export async function runShell(
  run: ShellRun,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<ShellOutput> {
  if (signal.aborted) {
    throw commandFailure("context canceled", run.command, "");
  }
  const [program = "/bin/sh", ...first] = run.interpreter?.length ? run.interpreter : ["/bin/sh", "-c"];
  const child = spawn(program, [...first, run.command], {
    cwd: run.dir,
    env: environmentOf(run),
    stdio: [run.stdin ? "pipe" : "ignore", "pipe", "pipe"],
  });
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  const output = new CommandOutput(run.logging, log, kill);
  output.collect("stdout", child.stdout);
  output.collect("stderr", child.stderr);
  // A command that does not read its stdin is no failure.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(run.stdin);
  try {
    const [code, killedBy] = await ended(child).catch((error: NodeJS.ErrnoException) => {
      throw commandFailure(startError(error, program, run.dir), run.command, "");
    });
    const reason = killedBy === null ? `exit status ${code}` : `signal: ${signalName(killedBy)}`;
    return output.result(run.command, code === 0 ? undefined : reason);
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/** How a process ended, once nobody holds its output any more. Rejects when it could not be started. */
function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, killedBy) => resolve([code, killedBy]));
  });
}

function environmentOf(run: ShellRun): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...run.environment,
    ...(run.previous?.stdout ? { PULUMI_COMMAND_STDOUT: run.previous.stdout } : {}),
    ...(run.previous?.stderr ? { PULUMI_COMMAND_STDERR: run.previous.stderr } : {}),
  };
}

function startError(error: NodeJS.ErrnoException, program: string, dir: string | undefined): string {
  const reasons: Record<string, string> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    E2BIG: "argument list too long",
  };
  const reason = reasons[error.code ?? ""] ?? error.message;
  return dir !== undefined && error.code === "ENOENT"
    ? `chdir ${dir}: ${reason}`
    : `fork/exec ${program}: ${reason}`;
}

function signalName(signal: NodeJS.Signals): string {
  const names: Partial<Record<NodeJS.Signals, string>> = {
    SIGKILL: "killed",
    SIGTERM: "terminated",
    SIGINT: "interrupt",
    SIGHUP: "hangup",
    SIGPIPE: "broken pipe",
    SIGABRT: "aborted",
    SIGSEGV: "segmentation fault",
  };
  return names[signal] ?? signal;
}
