import { chmod, copyFile, cp, mkdir, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import execa from "execa";
import { UserError } from "../components/errors";
import { bundleAgent } from "./bundleAgent";

/** Whom the agent runs as: nobody in particular, and never root. */
export const AGENT_USER = 65532;

/** What the image is made of, beside this package: absolute paths. */
export interface AgentParts {
  /** Node's program. It is linked with the libraries that this machine has of it. */
  readonly node: string;
  /** Static programs, for drills. */
  readonly etcd: string;
  readonly etcdutl: string;
}

const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** Files that a C library and Node ask for, by their paths. */
const texts: Readonly<Record<string, string>> = {
  "etc/passwd": `root:x:0:0:root:/:/sbin/nologin\nagent:x:${AGENT_USER}:${AGENT_USER}:agent:/tmp:/sbin/nologin\n`,
  "etc/group": `root:x:0:\nagent:x:${AGENT_USER}:\n`,
  "etc/nsswitch.conf": "hosts: files dns\n",
};

/**
 * Lays out the root file system of the agent's image: Node with its libraries, certificate authorities, the agent, etcd.
 * No shell is in it, and no package manager.
 *
 * @param package_ directory of this package. @param root an empty directory
 */
export async function layOutAgent(package_: string, parts: AgentParts, root: string): Promise<void> {
  const programs = { node: parts.node, etcd: parts.etcd, etcdutl: parts.etcdutl };
  for (const [name, from] of Object.entries(programs))
    await copyTo(await realpath(from), join(root, "usr/local/bin", name));
  for (const path of await librariesOf(parts.node)) await copyTo(await realpath(path), join(root, path));
  await copyTo(CERTIFICATES, join(root, CERTIFICATES)).catch(() => {
    throw new UserError(`${CERTIFICATES} is not there.`, "As root, run: apt-get install ca-certificates");
  });
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  await layOutProgram(package_, join(root, "app"));
  await settleModes(root);
  await mkdir(join(root, "tmp"));
  await chmod(join(root, "tmp"), 0o1777);
}

/** Lays out the agent alone: one file, and beside it what its reader of snapshots loads by its path. */
export async function layOutProgram(package_: string, app: string): Promise<void> {
  await mkdir(app, { recursive: true });
  await writeFile(join(app, "agent.js"), await bundleAgent(package_));
  const generated = join(package_, "snapshot/generated/kubernetes.json");
  await readFile(generated).catch(() => {
    throw new UserError(`${generated} is not there.`, "Run: npm run generate");
  });
  for (const name of await readdir(join(package_, "snapshot"), { recursive: true })) {
    if (!/\.(js|json)$/.test(name)) continue;
    await cp(join(package_, "snapshot", name), join(app, "snapshot", name));
  }
}

/** Paths of the shared libraries of a program, its loader too, as this machine's loader finds them. */
export async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await execa("ldd", [program]);
  if (/not found/.test(stdout))
    throw new UserError(`${basename(program)} needs libraries that are not here:\n${stdout}`);
  return parseLdd(stdout);
}

/** Absolute paths in the answer of ldd; what the kernel itself maps has none. */
export function parseLdd(answer: string): readonly string[] {
  return answer.split("\n").flatMap((line) => /(?:=>\s+|^\s+)(\/\S+)\s+\(0x/.exec(line)?.[1] ?? []);
}

async function copyTo(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

/** Who built the image, under which umask, is not to be seen in it. */
async function settleModes(root: string): Promise<void> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isProgram = /(^|\/)bin\/|\.so[.0-9]*$/.test(path.slice(root.length));
    await chmod(path, entry.isDirectory() || isProgram ? 0o755 : 0o644);
  }
  await chmod(root, 0o755);
}
