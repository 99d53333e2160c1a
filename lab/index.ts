/** The lab's door: what starts, opens and ends a lab. The words it is described in are in `lab.ts`. */
import type { Lab, LabOptions } from "./lab";
import { openRunningLab } from "./runningLab";
import { bringUp } from "./up";

export { endLab } from "./down";
export type * from "./lab";

/**
 * Starts a lab; what an earlier run of the same name left behind is removed first. Ready means: admin and user API
 * servers answer, all members are healthy, the user cluster's controllers run. The lab outlives the calling process.
 * Throws UserError when a tool, a package, root or space is missing.
 */
export function startLab(options: LabOptions = {}): Promise<Lab> {
  return bringUp(options);
}

/** Opens a lab that another process started. Throws UserError when it does not run. */
export function openLab(name = "lab"): Promise<Lab> {
  return openRunningLab(name);
}
