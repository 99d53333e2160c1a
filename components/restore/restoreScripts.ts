import { join } from "node:path";
import { hostedScripts } from "../hosted/hostedScripts";
import { assembleScript } from "../steps/scripts";

const operatorScripts = join(__dirname, "scripts", "operator");

/** The text of a step beside kubectl: `scripts/operator/<name>.sh` behind the functions that all of them share. */
export function operatorScript(name: string): string {
  return assembleScript([
    ...hostedScripts,
    join(operatorScripts, "utility.sh"),
    join(operatorScripts, "ledger.sh"),
    join(operatorScripts, `${name}.sh`),
  ]);
}

const podScripts = join(__dirname, "scripts", "pod");

/** The scripts that a utility Pod can be asked for, by file name. */
export const utilityScripts = [
  "main",
  "state",
  "receive",
  "stage",
  "staged",
  "swap",
  "unswap",
  "release",
] as const;

/** The text of one of them, behind the functions that all of them share. */
export function utilityScript(name: (typeof utilityScripts)[number]): string {
  return assembleScript([join(podScripts, "volume.sh"), join(podScripts, `${name}.sh`)]);
}
