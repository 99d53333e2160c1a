import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../components/errors";
import { exists } from "../files";
import {
  type CgroupHierarchy,
  type CgroupLayout,
  chooseLayout,
  labCgroup,
  machineCgroup,
  notHandedDown,
  parseHierarchies,
} from "./cgroupLayout";

/** All hierarchies of the host, whether or not machines can work with them: what is ended is looked for in each. */
export async function allHierarchies(): Promise<CgroupHierarchy[]> {
  return parseHierarchies(await readFile("/proc/self/mountinfo", "utf8"));
}

/** How labs use the host's cgroups. Throws UserError when machines cannot work with them. */
export async function findCgroups(): Promise<CgroupLayout> {
  const hierarchies = await allHierarchies();
  const unified = hierarchies.find((hierarchy) => hierarchy.type === "cgroup2");
  const controllers =
    unified === undefined ? "" : await readFile(join(unified.mountPoint, "cgroup.controllers"), "utf8");
  const layout = chooseLayout(hierarchies, controllers.trim().split(/\s+/));
  await assertHandsDown(layout);
  return layout;
}

/**
 * Refuses a hierarchy whose root holds processes and hands not all down, before anything is built for it. The kernel's
 * own root may hold processes, and has no cgroup.type; a container's may not.
 */
export async function assertHandsDown({ hierarchies, controllers }: CgroupLayout): Promise<void> {
  const root = hierarchies[0]?.mountPoint ?? "";
  const missing = await notHandedDownAt(root, controllers);
  if (missing.length === 0 || !(await exists(join(root, "cgroup.type")))) {
    return;
  }
  if ((await readFile(join(root, "cgroup.procs"), "utf8")).trim() !== "") {
    throw refusedBy({ code: "EBUSY" }, root, missing.join(" "));
  }
}

/** Makes a lab's cgroup in every hierarchy; its children get the controllers that it has. */
export async function makeLabCgroups(layout: CgroupLayout, lab: string): Promise<void> {
  for (const hierarchy of layout.hierarchies) {
    await makeCgroup(hierarchy, join(hierarchy.mountPoint, labCgroup(lab)));
  }
}

/** Makes a machine's cgroup in every hierarchy, below the lab's. */
export async function makeMachineCgroups(layout: CgroupLayout, lab: string, machine: string): Promise<void> {
  await makeLabCgroups(layout, lab);
  for (const hierarchy of layout.hierarchies) {
    const { root, daemons } = machineCgroup(layout, hierarchy, lab, machine);
    await delegate(layout, join(hierarchy.mountPoint, labCgroup(lab)));
    await makeCgroup(hierarchy, root);
    await mkdir(daemons, { recursive: true });
  }
}

/** Lets a machine's own cgroups have the controllers, once its daemons have left the cgroup that it sees as the root. */
export async function delegateToMachine(layout: CgroupLayout, lab: string, machine: string): Promise<void> {
  for (const hierarchy of layout.hierarchies) {
    await delegate(layout, machineCgroup(layout, hierarchy, lab, machine).root);
  }
}

async function makeCgroup(hierarchy: CgroupHierarchy, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if (hierarchy.options.split(",").includes("cpuset")) {
    await inheritCpuset(hierarchy.mountPoint, directory);
  }
}

/** A cpuset of version 1 without CPUs and memory nodes takes no process. */
async function inheritCpuset(root: string, directory: string): Promise<void> {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    await writeFile(join(directory, file), await readFile(join(root, file), "utf8"));
  }
}

async function delegate(layout: CgroupLayout, directory: string): Promise<void> {
  await handDownAt(directory, layout.controllers);
}

/** Those of `controllers` that the children of a cgroup do not have; none to ask for, none to read (version 1). */
export async function notHandedDownAt(directory: string, controllers: readonly string[]): Promise<string[]> {
  return controllers.length === 0
    ? []
    : notHandedDown(controllers, await readFile(join(directory, "cgroup.subtree_control"), "utf8"));
}

/** Lets the children of a cgroup of version 2 have these controllers. Throws UserError when the kernel refuses. */
export async function handDownAt(directory: string, controllers: readonly string[]): Promise<void> {
  const missing = await notHandedDownAt(directory, controllers);
  if (missing.length === 0) {
    return;
  }
  const text = missing.map((name) => `+${name}`).join(" ");
  await writeFile(join(directory, "cgroup.subtree_control"), text).catch((error: NodeJS.ErrnoException) => {
    throw refusedBy(error, directory, text);
  });
}

/** Why a cgroup hands nothing down: the kernel's reasons, as cgroup-v2.rst of its documentation gives them. */
export function refusedBy(error: Partial<NodeJS.ErrnoException>, directory: string, text: string): UserError {
  switch (error.code) {
    case "EBUSY":
      return new UserError(
        `The cgroup ${directory} has processes of its own, so it hands no controllers down to labs. That is so in a container without an init system.`,
        `Move them: mkdir -p ${directory}/init && for pid in $(cat ${directory}/cgroup.procs); do echo $pid >${directory}/init/cgroup.procs; done`,
      );
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new UserError(
        `The cgroup ${directory} cannot be written to (${error.code}), and the lab's machines need cgroups of their own.`,
        `Run: mount -o remount,rw ${directory}; in a container that is allowed to (privileged, with a cgroup namespace of its own).`,
      );
    default:
      return new UserError(
        `The kernel refuses "${text}" in ${directory}/cgroup.subtree_control: ${error.message}.`,
        "Use a virtual machine with the kernel of a distribution.",
      );
  }
}

/** Takes controllers back from a cgroup's children; those that a child hands down itself are in use and stay. */
export async function takeBackAt(directory: string, controllers: readonly string[]): Promise<void> {
  for (const name of controllers) {
    await writeFile(join(directory, "cgroup.subtree_control"), `-${name}`).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EBUSY" && error.code !== "ENOENT") {
          throw error;
        }
      },
    );
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
