import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { FailedError } from "../errors";
import { oneSentence } from "./apiError";
import { type ChildEnd, endOf, requireProgram, startChild } from "./childProcesses";
import type { ExecResult } from "./podExec";
import { StallWatch } from "./stallWatch";

/** What a child gets by its standard input. */
export interface ChildInput {
  readonly input: Readable;
  /** How the stream is packed on its way; the child gets it packed. */
  readonly pack?: "none" | "gzip" | "zstd";
  /**
   * Longest time without any progress, the child's work after the last byte included; there is no limit of the whole,
   * since nobody knows how long the line is.
   */
  readonly stallSeconds: number;
  /** Called with the bytes of the input so far. */
  readonly onProgress?: (bytes: number) => void;
}

const packers = { gzip: ["gzip", "-1", "-c"], zstd: ["zstd", "-1", "-cq"] } as const;

/**
 * Runs a program with a stream as its standard input. A transfer that breaks looks to it like the end of its input: it
 * must know length and digest beforehand. It may end before it has read everything.
 *
 * @returns any exit code. @throws FailedError when nothing moved for too long, or the input or the packer failed
 */
export async function runWithInput(
  argv: readonly [string, ...string[]],
  { input, pack = "none", stallSeconds, onProgress }: ChildInput,
): Promise<ExecResult> {
  requireProgram(argv[0]);
  const packer = pack === "none" ? undefined : startChild(packers[pack], "pipe");
  // An operating-system pipe from packer to program: what is packed does not pass through this process.
  const child = startChild(argv, packer?.stdout ?? "pipe");
  packer?.stdout?.destroy();
  const stall = new StallWatch(stallSeconds);
  for (const output of [child.stdout, child.stderr]) output?.on("data", () => stall.progress());
  const [childEnd, packerEnd] = [endOf(child), packer && endOf(packer)];
  packerEnd?.catch(() => undefined);
  const pump = new Pump(input, (packer ?? child).stdin, stall, onProgress);
  try {
    const pumped = pump.run().then(() => childEnd);
    const end = await Promise.race([childEnd, pumped, stall.stalled]);
    if (pump.finished && packerEnd !== undefined)
      checkPacker(pack, await Promise.race([packerEnd, stall.stalled]), end);
    return resultOf(argv[0], end);
  } finally {
    // The program first: it must not see the end of the packer's output.
    for (const one of [child, packer]) one?.kill("SIGKILL");
    stall.stop();
    input.destroy();
  }
}

/**
 * A program's standard output as it comes. The stream ends only after the program has ended with 0; else it fails, so
 * that half of an output is never taken for the whole. To destroy it ends the program.
 *
 * @param what was run, for the message of its failure
 */
export function outputStream(argv: readonly [string, ...string[]], what: string): Readable {
  const child = startChild(argv, "ignore");
  const output = child.stdout;
  const stream = new Readable({
    read: () => output?.resume(),
    destroy: (error, done) => {
      child.kill("SIGKILL");
      done(error);
    },
  });
  output?.on("data", (chunk: Buffer) => stream.push(chunk) || output.pause());
  endOf(child, { keepOutput: false })
    .then((end) => checkSource(what, resultOf(argv[0], end)))
    .then(() => stream.push(null))
    .catch((error: Error) => stream.destroy(error));
  return stream;
}

function checkSource(what: string, { code, stderr }: ExecResult): void {
  if (code === 0) return;
  throw new FailedError(`${what} ended with ${code}: ${oneSentence(stderr)}`);
}

/** Moves the input into a child, and counts it. */
class Pump {
  /** Whether the child was given everything. */
  finished = false;

  constructor(
    private readonly input: Readable,
    private readonly target: Writable | null,
    private readonly stall: StallWatch,
    private readonly onProgress: ChildInput["onProgress"],
  ) {}

  /** Ends without an error when the child wants no more: its exit code says why. @throws what the input throws */
  async run(): Promise<void> {
    const { target } = this;
    if (target === null) return;
    target.on("error", () => undefined);
    let bytes = 0;
    for await (const chunk of this.input as AsyncIterable<Buffer>) {
      if (!(await written(target, chunk))) return;
      bytes += chunk.length;
      this.stall.progress();
      this.onProgress?.(bytes);
    }
    target.end();
    await Promise.race([once(target, "finish"), once(target, "close")]).catch(() => undefined);
    this.finished = target.writableFinished;
  }
}

function written(target: Writable, chunk: Buffer): Promise<boolean> {
  return new Promise((done) => {
    target.write(chunk, (error) => done(!error));
  });
}

/** A packer that fails has sent half of the data; one that could write no more was not asked for the rest. */
function checkPacker(name: string, packer: ChildEnd, reader: ChildEnd): void {
  if (packer.code === 0 || packer.signal === "SIGPIPE" || reader.code !== 0) return;
  throw new FailedError(`${name} failed: ${oneSentence(packer.stderr) || packer.signal || packer.code}`);
}

function resultOf(program: string, { code, signal, stdout, stderr }: ChildEnd): ExecResult {
  if (code === null) throw new FailedError(`${program} was ended by ${signal}.`);
  return { code, stdout, stderr };
}
