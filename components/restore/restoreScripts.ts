import { join } from "node:path";
import { hostedScripts } from "../hosted/hostedScripts";
import { assembleScript } from "../steps/scripts";

const operatorScripts = join(__dirname, "scripts", "operator");

/** Functions that every step of a restore begins with. */
const shared = ["utility", "servers", "ledger", "history"];
/** Functions of single steps. */
const functions: Readonly<Record<string, readonly string[]>> = {
  preflight: [
    "version",
    "checkRights",
    "restoreRights",
    "checkWorkloads",
    "checkIdentity",
    "checkEncryption",
    "checkNeed",
  ],
  "locate-previous": ["trouble"],
  finalize: ["trouble"],
  transfer: ["trouble"],
  stage: ["version", "tool"],
  guard: ["workloads"],
  swap: ["trouble"],
  "start-etcd": ["trouble", "members"],
  "verify-etcd": ["trouble", "members"],
  "start-apiservers": ["trouble"],
  "start-controllers": ["trouble", "workloads"],
};

/** Files of `scripts/operator/` that are no steps, by name. */
export const operatorFunctions: ReadonlySet<string> = new Set([
  ...shared,
  ...Object.values(functions).flat(),
]);

/** The text of a step beside kubectl: `scripts/operator/<name>.sh` behind the functions that it uses. */
export function operatorScript(name: string): string {
  const files = [...shared, ...(functions[name] ?? []), name];
  return assembleScript([...hostedScripts, ...files.map((file) => join(operatorScripts, `${file}.sh`))]);
}

const podScripts = join(__dirname, "scripts", "pod");

/** The scripts that a utility Pod can be asked for, by file name. */
export const utilityScripts = [
  "main",
  "state",
  "receive",
  "receive-tool",
  "previous",
  "send-previous",
  "copy-previous",
  "stage",
  "staged",
  "restage",
  "swap",
  "unswap",
  "release",
  "finalize",
] as const;

/** Those that ask a program what it can do. */
const askingTools: ReadonlySet<string> = new Set(["state", "receive-tool", "stage"]);

/** The text of one of them, behind the functions that all of them share. */
export function utilityScript(name: (typeof utilityScripts)[number]): string {
  const before = ["volume", ...(askingTools.has(name) ? ["tool"] : [])];
  const files = [...before, name, ...(name === "copy-previous" ? ["receive"] : [])];
  return assembleScript(files.map((file) => join(podScripts, `${file}.sh`)));
}
