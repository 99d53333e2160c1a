import { join } from "node:path";
import { Stopwatch } from "../progress";
import { waitFor } from "../waiting";
import type { CgroupHierarchy } from "./cgroupLayout";
import { processesBelow, removeCgroup } from "./cgroups";
import { killNow, programName } from "./processes";

/** Kills every process in a cgroup of any hierarchy, waits until they are gone, and removes the cgroup. */
export async function endCgroup(hierarchies: readonly CgroupHierarchy[], cgroup: string): Promise<void> {
  const directories = hierarchies.map((hierarchy) => join(hierarchy.mountPoint, cgroup));
  const what = `the processes in ${cgroup} to end`;
  const watch = new Stopwatch();
  await waitFor({ what, timeoutSeconds: 60, intervalMilliseconds: 50 }, async () => {
    const pids = new Set((await Promise.all(directories.map(processesBelow))).flat());
    for (const pid of pids) {
      // `unshare` collects the machine's first process and ends by itself; killed first, it would leave a zombie.
      if (watch.seconds > 2 || (await programName(pid)) !== "unshare") {
        killNow(pid);
      }
    }
    if (pids.size > 0) {
      return undefined;
    }
    for (const directory of directories) {
      await removeCgroup(directory);
    }
    return true;
  });
}
