import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { FailedError } from "../errors";
import { oneSentence } from "./apiError";
import { type ChildEnd, endOf, requireProgram, startChild } from "./childProcesses";
import type { ExecResult } from "./podExec";
import { StallWatch } from "./stallWatch";

/** A command in a Pod, run by kubectl. */
export interface KubectlExec {
  /** Absolute path. */
  readonly kubeconfig: string;
  readonly context?: string | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Shown in process lists and audit logs: no secret. */
  readonly command: readonly string[];
}

/** A command that gets a stream. */
export interface InputExec extends KubectlExec {
  readonly input: Readable;
  /** How the stream is packed on its way; the command gets it packed. */
  readonly pack?: "none" | "gzip" | "zstd";
  /**
   * Longest time without any progress, the command's work after the last byte included; there is no limit of the
   * whole, since nobody knows how long the line is.
   */
  readonly stallSeconds: number;
  /** Called with the bytes of the input so far. */
  readonly onProgress?: (bytes: number) => void;
}

const packers = { gzip: ["gzip", "-1", "-c"], zstd: ["zstd", "-1", "-cq"] } as const;

/**
 * Runs a command in a Pod with a stream as its standard input. kubectl does it, since a WebSocket cannot end the
 * standard input before Kubernetes 1.29. A transfer that breaks looks to the command like the end of its input: it
 * must know length and digest beforehand. A command may end before it has read everything.
 *
 * @returns any exit code, kubectl's own ones among them
 * @throws FailedError when nothing moved for too long, or the input or the packer failed
 */
export async function execWithInput(options: InputExec): Promise<ExecResult> {
  const { input, pack = "none", stallSeconds, onProgress } = options;
  requireProgram("kubectl");
  const packer = pack === "none" ? undefined : startChild(packers[pack], "pipe");
  // An operating-system pipe from packer to kubectl: what is packed does not pass through this process.
  const kubectl = startChild(kubectlArgs(options, ["-i"]), packer?.stdout ?? "pipe");
  packer?.stdout?.destroy();
  const stall = new StallWatch(stallSeconds);
  for (const output of [kubectl.stdout, kubectl.stderr]) output?.on("data", () => stall.progress());
  const [kubectlEnd, packerEnd] = [endOf(kubectl), packer && endOf(packer)];
  packerEnd?.catch(() => undefined);
  const pump = new Pump(input, (packer ?? kubectl).stdin, stall, onProgress);
  try {
    const pumped = pump.run().then(() => kubectlEnd);
    const end = await Promise.race([kubectlEnd, pumped, stall.stalled]);
    if (pump.finished && packerEnd !== undefined)
      checkPacker(pack, await Promise.race([packerEnd, stall.stalled]), end);
    return resultOf(end);
  } finally {
    // kubectl first: it must not see the end of the packer's output.
    for (const child of [kubectl, packer]) child?.kill("SIGKILL");
    stall.stop();
    input.destroy();
  }
}

/**
 * Runs a command in a Pod and gives its standard output as it comes. The stream ends only after the command has ended
 * with 0; else it fails, so that half of an output is never taken for the whole. To destroy it ends kubectl.
 */
export function execToStream(options: KubectlExec): Readable {
  const kubectl = startChild(kubectlArgs(options, []), "ignore");
  const output = kubectl.stdout;
  const stream = new Readable({
    read: () => output?.resume(),
    destroy: (error, done) => {
      kubectl.kill("SIGKILL");
      done(error);
    },
  });
  output?.on("data", (chunk: Buffer) => stream.push(chunk) || output.pause());
  endOf(kubectl, { keepOutput: false })
    .then((end) => checkSource(options, resultOf(end)))
    .then(() => stream.push(null))
    .catch((error: Error) => stream.destroy(error));
  return stream;
}

function checkSource({ command, pod }: KubectlExec, { code, stderr }: ExecResult): void {
  if (code === 0) return;
  throw new FailedError(`${command[0]} in Pod ${pod} ended with ${code}: ${oneSentence(stderr)}`);
}

function kubectlArgs(exec: KubectlExec, flags: readonly string[]): readonly [string, ...string[]] {
  const { kubeconfig, context, namespace, pod, container, command } = exec;
  const where = context === undefined ? [] : [`--context=${context}`];
  const target = ["exec", ...flags, "-n", namespace, pod, "-c", container, "--", ...command];
  return ["kubectl", `--kubeconfig=${kubeconfig}`, ...where, ...target];
}

/** Moves the input into a child, and counts it. */
class Pump {
  /** Whether the child was given everything. */
  finished = false;

  constructor(
    private readonly input: Readable,
    private readonly target: Writable | null,
    private readonly stall: StallWatch,
    private readonly onProgress: InputExec["onProgress"],
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
function checkPacker(name: string, packer: ChildEnd, kubectl: ChildEnd): void {
  if (packer.code === 0 || packer.signal === "SIGPIPE" || kubectl.code !== 0) return;
  throw new FailedError(`${name} failed: ${oneSentence(packer.stderr) || packer.signal || packer.code}`);
}

function resultOf({ code, signal, stdout, stderr }: ChildEnd): ExecResult {
  if (code === null) throw new FailedError(`kubectl was ended by ${signal}.`);
  return { code, stdout, stderr };
}
