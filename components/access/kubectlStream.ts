import type { Readable } from "node:stream";
import { type ChildInput, outputStream, runWithInput } from "./childStream";
import { fileOfKubeconfig } from "./kubeconfig/kubeconfigText";
import type { ExecResult } from "./podExec";

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
export interface InputExec extends KubectlExec, ChildInput {}

/**
 * Runs a command in a Pod with a stream as its standard input. kubectl does it, since a WebSocket cannot end the
 * standard input before Kubernetes 1.29. A transfer that breaks looks to the command like the end of its input: it
 * must know length and digest beforehand. A command may end before it has read everything.
 *
 * @returns any exit code, kubectl's own ones among them
 * @throws FailedError when nothing moved for too long, or the input or the packer failed
 */
export function execWithInput(options: InputExec): Promise<ExecResult> {
  return runWithInput(kubectlArgs(options, ["-i"]), options);
}

/**
 * Runs a command in a Pod and gives its standard output as it comes. The stream ends only after the command has ended
 * with 0; else it fails, so that half of an output is never taken for the whole. To destroy it ends kubectl.
 */
export function execToStream(options: KubectlExec): Readable {
  return outputStream(kubectlArgs(options, []), `${options.command[0]} in Pod ${options.pod}`);
}

function kubectlArgs(exec: KubectlExec, flags: readonly string[]): readonly [string, ...string[]] {
  const { kubeconfig, context, namespace, pod, container, command } = exec;
  const where = context === undefined ? [] : [`--context=${context}`];
  const target = ["exec", ...flags, "-n", namespace, pod, "-c", container, "--", ...command];
  return ["kubectl", `--kubeconfig=${fileOfKubeconfig(kubeconfig)}`, ...where, ...target];
}
