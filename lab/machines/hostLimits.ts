import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FileLock } from "../fileLock";
import { removeTree, replaceFile } from "../files";
import { cacheDirectory } from "../tools/toolCache";
import { type CgroupHierarchy, labCgroup } from "./cgroups";

/**
 * Kernel limits that all users of the host share and that are too small for several clusters. A lab with three workers
 * holds about 60 inotify instances (kubelets, API servers, containerd), and the kernel's default is 128.
 */
const wanted: Readonly<Record<string, number>> = { "fs/inotify/max_user_instances": 8192 };

/** Where the host's own values are kept while a lab runs. */
function recordPath(): string {
  return join(cacheDirectory(), "host-limits.json");
}

async function readRecord(): Promise<Record<string, number>> {
  const text = await readFile(recordPath(), "utf8").catch(() => "{}");
  return JSON.parse(text) as Record<string, number>;
}

/** Labs that start and end at the same time must not undo each other's change. */
function alone(work: () => Promise<void>): Promise<void> {
  return FileLock.during(join(cacheDirectory(), "locks", ".host-limits"), undefined, work);
}

/**
 * Raises limits that are below what labs need, and remembers what they were. The lab's cgroup must exist by then: it is
 * what keeps another lab's end from lowering them.
 */
export function raiseLimits(): Promise<void> {
  return alone(raise);
}

/** Gives the host its own limits back, once no lab is left. */
export function restoreLimits(hierarchies: readonly CgroupHierarchy[]): Promise<void> {
  return alone(() => restore(hierarchies));
}

async function raise(): Promise<void> {
  const record = await readRecord();
  for (const [name, value] of Object.entries(wanted)) {
    const path = join("/proc/sys", name);
    const current = Number(await readFile(path, "utf8"));
    if (current < value) {
      record[name] = current;
      await replaceFile(recordPath(), JSON.stringify(record));
      await writeFile(path, String(value));
    }
  }
}

async function restore(hierarchies: readonly CgroupHierarchy[]): Promise<void> {
  const prefix = labCgroup("");
  const groups = await Promise.all(hierarchies.map((hierarchy) => readdir(hierarchy.mountPoint)));
  if (groups.flat().some((name) => name.startsWith(prefix))) {
    return;
  }
  for (const [name, value] of Object.entries(await readRecord())) {
    await writeFile(join("/proc/sys", name), String(value));
  }
  await removeTree(recordPath());
}
