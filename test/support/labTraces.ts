import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "../../lab/files";
import { labCgroup } from "../../lab/machines/cgroupLayout";

/** Whatever the kernel still knows of a lab: other labs may run at the same time, so only what bears its marks. */
export interface Traces {
  readonly processes: string[];
  readonly cgroups: string[];
  readonly mounts: string[];
  readonly networks: string[];
  readonly files: boolean;
}

export const nothing: Traces = { processes: [], cgroups: [], mounts: [], networks: [], files: false };

async function processIds(): Promise<string[]> {
  return (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
}

async function read(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

/** Network namespaces of processes, the host's own aside. */
export async function networksOf(pids: readonly string[]): Promise<string[]> {
  const host = await readlink("/proc/self/ns/net");
  const links = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => "")));
  return [...new Set(links.filter((link) => link !== "" && link !== host))];
}

async function processesIn(cgroup: RegExp): Promise<string[]> {
  const pids = await processIds();
  const cgroups = await Promise.all(pids.map((pid) => read(`/proc/${pid}/cgroup`)));
  return pids.filter((_, index) => cgroup.test(cgroups[index] ?? ""));
}

/** Every process of a lab. */
export function processesOf(lab: string): Promise<string[]> {
  return processesIn(new RegExp(`/${labCgroup(lab)}/`));
}

/** Another lab's namespaces may have got numbers that this one's had. */
function processesOfOthers(lab: string): Promise<string[]> {
  return processesIn(new RegExp(`/${labCgroup("")}(?!${lab}/)`));
}

/** What is left of a lab whose files were in `directory` and whose machines had the networks `labNetworks`. */
export async function tracesOf(
  lab: string,
  directory: string,
  labNetworks: readonly string[],
): Promise<Traces> {
  const pids = await processIds();
  // With version 2 the hierarchy is that directory itself.
  const hierarchies = [".", ...(await readdir("/sys/fs/cgroup"))];
  const cgroups = hierarchies.map((hierarchy) => join("/sys/fs/cgroup", hierarchy, labCgroup(lab)));
  const present = await Promise.all(cgroups.map(exists));
  const mountTables = await Promise.all(pids.map((pid) => read(`/proc/${pid}/mountinfo`)));
  const others = new Set(await processesOfOthers(lab));
  const networks = await networksOf(pids.filter((pid) => !others.has(pid)));
  return {
    processes: await processesOf(lab),
    cgroups: cgroups.filter((_, index) => present[index]),
    mounts: mountTables.flatMap((table) =>
      table.split("\n").filter((line) => line.includes(`${directory}/`)),
    ),
    networks: networks.filter((network) => labNetworks.includes(network)),
    files: await exists(directory),
  };
}
