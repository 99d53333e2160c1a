import { delimiter, join } from "node:path";
import execa from "execa";
import { isExecutable } from "../files";
import { familyOf, type ToolName } from "./toolFamilies";

/** How a tool tells its version. */
const versionArguments: Readonly<Partial<Record<ToolName, readonly string[]>>> = {
  pulumi: ["version"],
  kubectl: ["version", "--client"],
  etcd: ["--version"],
  etcdctl: ["version"],
  etcdutl: ["version"],
  "kube-apiserver": ["--version"],
  "kube-controller-manager": ["--version"],
  "kube-scheduler": ["--version"],
  kubelet: ["--version"],
  "kube-proxy": ["--version"],
};

/** First version number in a program's answer, as numbers. */
export function parseVersion(text: string): number[] | undefined {
  const match = /v?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match?.slice(1).map(Number);
}

/**
 * Whether a found version can stand in for the wanted one: etcd and Kubernetes must be of the same minor version (data
 * formats and API groups follow it), Pulumi of the same major; then as new as wanted or newer.
 */
export function isSufficientVersion(
  family: string,
  found: readonly number[],
  wanted: readonly number[],
): boolean {
  const same = family === "pulumi" ? 1 : 2;
  for (let index = 0; index < same; index++) {
    if (found[index] !== wanted[index]) {
      return false;
    }
  }
  const differing = found.findIndex((value, index) => value !== wanted[index]);
  return differing === -1 || (found[differing] ?? 0) > (wanted[differing] ?? 0);
}

/** A tool of sufficient version on PATH, as an absolute path; undefined when there is none. */
export async function findOnPath(tool: ToolName, path = process.env.PATH ?? ""): Promise<string | undefined> {
  const argumentsOfVersion = versionArguments[tool];
  const family = familyOf(tool);
  const wanted = parseVersion(family.version);
  if (argumentsOfVersion === undefined || wanted === undefined) {
    return undefined;
  }
  for (const directory of path.split(delimiter)) {
    const candidate = join(directory, tool);
    if (!directory.startsWith("/") || !(await isExecutable(candidate))) {
      continue;
    }
    const answer = await execa(candidate, [...argumentsOfVersion], { reject: false, timeout: 20_000 });
    const found = parseVersion(answer.stdout);
    if (answer.exitCode === 0 && found !== undefined && isSufficientVersion(family.name, found, wanted)) {
      return candidate;
    }
  }
  return undefined;
}
