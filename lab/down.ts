import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../components/errors";
import { FileLock } from "./fileLock";
import { removeTree } from "./files";
import { LabDirectory } from "./labDirectory";
import { labCgroup } from "./machines/cgroupLayout";
import { allHierarchies } from "./machines/cgroups";
import { endCgroup } from "./machines/endCgroup";
import { restoreLimits } from "./machines/hostLimits";
import type { Log } from "./progress";
import { cacheDirectory } from "./tools/toolCache";

/** Ends a lab and removes its directory. Works from what the kernel knows (its cgroup), so also after any crash. */
export async function endLab(name: string, log: Log = () => undefined): Promise<void> {
  const lab = new LabDirectory(name);
  assertRoot();
  await withLabLock(lab, log, () => removeLab(lab));
}

/** Everything of a lab that may be left, whether or not its files are: processes, cgroups, directory. */
export async function removeLab(lab: LabDirectory): Promise<void> {
  const hierarchies = await allHierarchies();
  await endCgroup(hierarchies, labCgroup(lab.name));
  await removeTree(lab.path);
  // The directory of all labs goes with the last one.
  await rmdir(lab.base).catch(() => undefined);
  await restoreLimits(hierarchies);
}

/** Two processes never start or end the same lab at the same time. */
export async function withLabLock<T>(lab: LabDirectory, log: Log, work: () => Promise<T>): Promise<T> {
  const waiting = () => log(`another process starts or ends the lab ${lab.name}; waiting for it …`);
  // Not in the lab's own directory, which goes away.
  return FileLock.during(join(cacheDirectory(), "locks", lab.name), waiting, work);
}

/** Namespaces, mounts and cgroups are root's. */
export function assertRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new UserError(
      "The lab needs root: it makes namespaces, mounts and cgroups.",
      "Run it as root, in a virtual machine.",
    );
  }
}
