import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FileLock } from "../fileLock";
import { removeTree, replaceFile } from "../files";
import { cacheDirectory } from "../tools/toolCache";
import { type CgroupHierarchy, type CgroupLayout, labCgroup } from "./cgroupLayout";
import { handDownAt, makeLabCgroups, notHandedDownAt, takeBackAt } from "./cgroups";

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

/** Which controllers a cgroup of version 2 did not hand down before labs needed them. */
interface HandedDown {
  readonly directory: string;
  readonly controllers: readonly string[];
}

function handedDownPath(): string {
  return join(cacheDirectory(), "host-controllers.json");
}

async function readHandedDown(): Promise<HandedDown | undefined> {
  const text = await readFile(handedDownPath(), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as HandedDown);
}

/**
 * Makes the lab's cgroup, then raises limits that are below what labs need and hands cgroup controllers down, and
 * remembers what was so before. The cgroup comes first: it is what keeps another lab's end from undoing the rest.
 * Throws UserError when the kernel hands no controllers down.
 */
export function prepareHost(layout: CgroupLayout, lab: string): Promise<void> {
  return alone(async () => {
    await makeLabCgroups(layout, lab);
    await raise();
    await handDownToLabs(layout);
  });
}

async function handDownToLabs(layout: CgroupLayout): Promise<void> {
  const directory = layout.hierarchies[0]?.mountPoint ?? "";
  const added = await notHandedDownAt(directory, layout.controllers);
  if (added.length > 0) {
    const earlier = (await readHandedDown())?.controllers ?? [];
    const record: HandedDown = { directory, controllers: [...new Set([...earlier, ...added])] };
    await replaceFile(handedDownPath(), JSON.stringify(record));
  }
  await handDownAt(directory, added);
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
  const handedDown = await readHandedDown();
  if (handedDown !== undefined) {
    await takeBackAt(handedDown.directory, handedDown.controllers);
    await removeTree(handedDownPath());
  }
}
