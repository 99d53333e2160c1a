import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { HostedCluster } from "./hostedCluster";

/** Longest answer: 20,000 of the longest keys that Kubernetes allows. */
const ANSWER_BYTES = 64 * 1024 * 1024;

const run = promisify(execFile);

/** kubectl on the admin cluster, in the user cluster's namespace. Rejects with its words, or when time is up. */
export async function kubectl(
  { adminKubeconfig, adminContext, namespace }: HostedCluster,
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
    const said = stderr.trim().split("\n").at(-1);
    throw new Error(said || (code === "ENOENT" ? "kubectl is not on PATH" : `no answer within ${seconds} s`));
  }
}
