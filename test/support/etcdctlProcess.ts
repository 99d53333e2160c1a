import { execFile } from "node:child_process";
import type { ExecOptions } from "../../components/access/apiClient";
import type { ExecResult } from "../../components/access/podExec";

/** Runs a Pod's etcdctl as a process of this machine, asked for the member's own address: this etcd has no certificates. */
export function etcdctlProcess(
  { command }: Pick<ExecOptions, "command">,
  etcdctl: string,
  url: string,
): Promise<ExecResult> {
  const argv = command
    .slice(1)
    .filter((word) => !/^--(cacert|cert|key)=/.test(word))
    .map((word) => (word.startsWith("--endpoints=https://127.0.0.1:") ? `--endpoints=${url}` : word));
  const options = { env: { ...process.env, ETCDCTL_API: "3" } };
  return new Promise((resolve) => {
    execFile(etcdctl, argv, options, (error, stdout, stderr) =>
      resolve({
        code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1,
        stdout,
        stderr,
      }),
    );
  });
}
