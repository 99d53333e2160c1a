import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { FailedError } from "../errors";
import { commandOnPath } from "./commandOnPath";

/** How a child ended, with what it printed. */
export interface ChildEnd {
  /** null: by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const living = new Set<ChildProcess>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Starts a child that ends with this process: on its exit, and on a signal that ends it. After SIGKILL only the pipe
 * tells it, whose end it must not take for the end of the data. No child has this process's standard output or error:
 * one that lived on would keep whoever reads them waiting.
 *
 * @param stdin a stream is handed over to the child: destroy it afterwards. @param env default: this process's own
 * @throws FailedError when the program is not on PATH
 */
export function startChild(
  [program, ...args]: readonly [string, ...string[]],
  stdin: Readable | "pipe" | "ignore",
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  requireProgram(program);
  const child = spawn(program, args, { stdio: [stdin, "pipe", "pipe"], detached: false, env });
  if (living.size === 0) listen();
  living.add(child);
  const forget = () => {
    if (living.delete(child) && living.size === 0) unlisten();
  };
  return child.once("exit", forget).once("error", forget);
}

/** @throws FailedError when the program is not on PATH */
export function requireProgram(program: string): void {
  if (commandOnPath(program) === undefined)
    throw new FailedError(`${program} is not on PATH.`, `Install ${program}.`);
}

/** Waits for a child's end. @throws FailedError when it could not be run */
export function endOf(child: ChildProcess, { keepOutput = true } = {}): Promise<ChildEnd> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  if (keepOutput) child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString();
  return new Promise((done, failed) => {
    child.once("error", ({ code }: NodeJS.ErrnoException) => {
      failed(new FailedError(`${child.spawnfile} cannot be run: ${code}.`, `Install ${child.spawnfile}.`));
    });
    child.once("close", (code, signal) => done({ code, signal, stdout: text(stdout), stderr: text(stderr) }));
  });
}

/** The same; one that takes longer is ended by a signal, and what it said until then counts. */
export function endWithin(
  child: ChildProcess,
  seconds: number,
  signal: "SIGTERM" | "SIGKILL",
): Promise<ChildEnd> {
  const timer = setTimeout(() => child.kill(signal), seconds * 1000);
  return endOf(child).finally(() => clearTimeout(timer));
}

function listen(): void {
  process.on("exit", killAll);
  for (const signal of signals) process.on(signal, endWith);
}

function unlisten(): void {
  process.off("exit", killAll);
  for (const signal of signals) process.off(signal, endWith);
}

function killAll(): void {
  for (const child of living) child.kill("SIGKILL");
}

/** Lets the signal do what it does without us, unless somebody else handles it. */
function endWith(signal: NodeJS.Signals): void {
  killAll();
  living.clear();
  unlisten();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
