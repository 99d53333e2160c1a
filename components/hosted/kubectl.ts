import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ClusterAccess } from "./clusterEnvironment";

/** Longest answer: 20,000 of the longest keys that Kubernetes allows. */
const ANSWER_BYTES = 64 * 1024 * 1024;

/** How kubectl's own sentence begins: its tries come before it, advice on credential plugins after it. */
const SENTENCE = /^(error: |Error from server|Unable to connect|The connection )/;

const run = promisify(execFile);

/** kubectl on the admin cluster, in the user cluster's namespace. Rejects with its words, or when time is up. */
export async function kubectl(
  { adminKubeconfig, adminContext, namespace }: ClusterAccess,
  argv: readonly string[],
  seconds: number,
): Promise<string> {
  const access = [
    "--kubeconfig",
    adminKubeconfig,
    ...(adminContext === undefined ? [] : ["--context", adminContext]),
  ];
  const options = { timeout: seconds * 1000, killSignal: "SIGKILL", maxBuffer: ANSWER_BYTES } as const;
  try {
    const child = run("kubectl", [...access, "--namespace", namespace, ...argv], options);
    child.child.stdin?.end();
    return (await child).stdout;
  } catch (cause) {
    const { stderr = "", code } = cause as { stderr?: string; code?: unknown };
    const lines = stderr.trim().split("\n");
    const said = lines.findLast((line) => SENTENCE.test(line)) ?? lines.at(-1);
    throw new Error(said || (code === "ENOENT" ? "kubectl is not on PATH" : `no answer within ${seconds} s`));
  }
}
