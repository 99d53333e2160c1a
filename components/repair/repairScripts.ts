import { join } from "node:path";
import { hostedScripts } from "../hosted/hostedScripts";
import { assembleScript } from "../steps/scripts";

const own = join(__dirname, "scripts");
const restore = join(__dirname, "..", "restore", "scripts");

/** The text of a repair's step beside kubectl, behind the functions that it shares with a restore's and the other steps. */
export function repairScript(name: string): string {
  return assembleScript([
    ...hostedScripts,
    join(restore, "operator", "utility.sh"),
    join(restore, "operator", "ledger.sh"),
    join(restore, "operator", "trouble.sh"),
    ...(name === "preflight" ? [join(restore, "operator", "checkRights.sh")] : []),
    join(own, "operator", "member.sh"),
    join(own, "operator", `${name}.sh`),
  ]);
}

/** The scripts that the utility Pod of a repair can be asked for; the first two are a restore's. */
export const repairPodScripts = ["main", "state", "hold", "seeded", "adopt", "unhold", "release"] as const;

export type RepairPodScript = (typeof repairPodScripts)[number];

/** The text of one of them, behind the functions that all of them share. */
export function repairPodScript(name: RepairPodScript): string {
  const volume = join(restore, "pod", "volume.sh");
  if (name === "main" || name === "state")
    return assembleScript([volume, join(restore, "pod", "tool.sh"), join(restore, "pod", `${name}.sh`)]);
  return assembleScript([volume, join(own, "pod", "block.sh"), join(own, "pod", `${name}.sh`)]);
}

/** All of them by file name. */
export function repairPodFiles(): Record<string, string> {
  return Object.fromEntries(repairPodScripts.map((name) => [`${name}.sh`, repairPodScript(name)]));
}
