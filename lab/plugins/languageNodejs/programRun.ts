import { spawn } from "node:child_process";
import { findRunner, nodeArguments, type ProgramRun, programEnvironment } from "./programArguments";

/** Exit code by which the SDK says that the error has been shown already. */
const alreadyReported = 32;

/** How a program ended. */
export interface ProgramEnd {
  /** Empty when it succeeded, or when its error has been shown. */
  readonly error: string;
  /** Whether the engine shall stop without a further word. */
  readonly bail: boolean;
}

/** Runs the program to its end; its output is the host's, which the engine shows. */
export function runProgram(run: ProgramRun, signal: AbortSignal): Promise<ProgramEnd> {
  const args = nodeArguments(run, findRunner(run.programDirectory));
  const child = spawn("node", args, {
    cwd: run.pwd,
    env: programEnvironment(run, process.env),
    stdio: ["ignore", "inherit", "inherit"],
  });
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  return new Promise<ProgramEnd>((resolve) => {
    child.on("error", (error) =>
      resolve({
        error: `Problem executing program (could not run language executor): ${error.message}`,
        bail: false,
      }),
    );
    child.on("exit", (code, killedBy) => resolve(endOf(code, killedBy)));
  }).finally(() => signal.removeEventListener("abort", kill));
}

function endOf(code: number | null, killedBy: NodeJS.Signals | null): ProgramEnd {
  if (code === 0) {
    return { error: "", bail: false };
  }
  if (code === alreadyReported) {
    return { error: "", bail: true };
  }
  const error =
    code === null
      ? `Program exited unexpectedly: ${killedBy}`
      : `Program exited with non-zero exit code: ${code}`;
  return { error, bail: false };
}
