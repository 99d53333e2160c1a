import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../../components/errors";
import { exists } from "../files";

/** A mounted cgroup hierarchy of the host. */
export interface CgroupHierarchy {
  /** Where the host has it mounted, for example /sys/fs/cgroup/memory. */
  readonly mountPoint: string;
  /** Name of its directory below /sys/fs/cgroup. */
  readonly name: string;
  readonly type: "cgroup" | "cgroup2";
  /** What a further mount of the same hierarchy needs as options; "" for cgroup2. */
  readonly options: string;
}

/** Mount options that say how, not which hierarchy. */
const generalOptions = new Set(["rw", "ro", "xattr", "clone_children", "noprefix", "relatime", "nsdelegate"]);

/** Controllers without which kubelet and runc do not work. */
const neededControllers = ["cpu", "cpuset", "memory", "pids", "devices", "freezer"];

/** Reads the hierarchies out of /proc/self/mountinfo; of one that is mounted twice, the first. */
export function parseHierarchies(mountinfo: string): CgroupHierarchy[] {
  const found = new Map<string, CgroupHierarchy>();
  for (const line of mountinfo.split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const [type, , superOptions = ""] = right.split(" ");
    const mountPoint = left.split(" ")[4] ?? "";
    if (type !== "cgroup" && type !== "cgroup2") {
      continue;
    }
    const which = superOptions
      .split(",")
      .filter((option) => !generalOptions.has(option) && !/^release_agent=/.test(option));
    const options =
      type === "cgroup2" ? "" : which.map((o) => (o.startsWith("name=") ? `none,${o}` : o)).join(",");
    const key = `${type} ${options}`;
    if (!found.has(key)) {
      found.set(key, { mountPoint, name: basename(mountPoint), type, options });
    }
  }
  return [...found.values()];
}

/** The host's hierarchies. Throws UserError when machines cannot work with them. */
export async function findHierarchies(): Promise<CgroupHierarchy[]> {
  const hierarchies = parseHierarchies(await readFile("/proc/self/mountinfo", "utf8"));
  assertUsable(hierarchies);
  return hierarchies;
}

/** Refuses hosts whose controllers are not in cgroup v1 hierarchies, naming what is missing. */
export function assertUsable(hierarchies: readonly CgroupHierarchy[]): void {
  const controllers = new Set(hierarchies.flatMap((hierarchy) => hierarchy.options.split(",")));
  const missing = neededControllers.filter((name) => !controllers.has(name));
  if (missing.length > 0) {
    const pure =
      hierarchies.some((hierarchy) => hierarchy.type === "cgroup2") &&
      missing.length === neededControllers.length;
    throw new UserError(
      pure
        ? "This host has cgroup v2 alone, and the lab's machines need the controllers of cgroup v1."
        : `This host has no cgroup v1 controller ${missing.join(", ")}, which the lab's machines need.`,
      "Start it with the kernel arguments systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller, or use a virtual machine that has them.",
    );
  }
}

/** Name of a lab's cgroup in every hierarchy. All processes of the lab are in it, whatever else was lost. */
export function labCgroup(lab: string): string {
  return `etcd-recovery-${lab}`;
}

/** Makes a machine's cgroup in every hierarchy. */
export async function makeMachineCgroups(
  hierarchies: readonly CgroupHierarchy[],
  lab: string,
  machine: string,
): Promise<void> {
  for (const hierarchy of hierarchies) {
    const parent = join(hierarchy.mountPoint, labCgroup(lab));
    for (const directory of [parent, join(parent, machine)]) {
      await mkdir(directory, { recursive: true });
      if (hierarchy.options.split(",").includes("cpuset")) {
        await inheritCpuset(hierarchy.mountPoint, directory);
      }
    }
  }
}

/** A cpuset without CPUs and memory nodes takes no process. */
async function inheritCpuset(root: string, directory: string): Promise<void> {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    await writeFile(join(directory, file), await readFile(join(root, file), "utf8"));
  }
}

/** Process ids in a cgroup and all below it; none when it does not exist. */
export async function processesBelow(directory: string): Promise<number[]> {
  const own = await readFile(join(directory, "cgroup.procs"), "utf8").catch(() => "");
  const children = await subdirectories(directory);
  const below = await Promise.all(children.map((child) => processesBelow(join(directory, child))));
  return [...own.split("\n").filter(Boolean).map(Number), ...below.flat()];
}

/** Removes a cgroup and all below it, deepest first. Throws while one of them still has a process. */
export async function removeCgroup(directory: string): Promise<void> {
  if (!(await exists(directory))) {
    return;
  }
  for (const child of await subdirectories(directory)) {
    await removeCgroup(join(directory, child));
  }
  await rmdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") {
      throw error;
    }
  });
}

async function subdirectories(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
