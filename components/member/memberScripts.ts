import { join } from "node:path";
import type { MemberCall } from "./memberCall";
import { scriptText, wholeScript } from "./scriptText";

export type { MemberCall } from "./memberCall";

const directory = join(__dirname, "scripts");

/** Where the scripts lie, for whoever runs them: in a utility Pod, its ConfigMap. */
export const MEMBER_SCRIPTS_AT = "/etcd-recovery";

/** Read by the others, never run. */
export const memberFunctions = ["volume", "staging", "tool", "block"] as const;

/** What can be run on a member's volume, in a restore, a repair, or both. */
export const memberScripts = [
  "main",
  "state",
  "clear",
  "release",
  "end",
  "receive",
  "receive-tool",
  "previous",
  "send-previous",
  "copy-previous",
  "stage",
  "staged",
  "swap",
  "unswap",
  "finalize",
  "hold",
  "seeded",
  "adopt",
  "unhold",
] as const;
export type MemberScript = (typeof memberScripts)[number];

/** Operations that ask for different scripts. */
export type MemberScriptKind = "restore" | "rollback" | "repair" | "finalize";

const everywhere: readonly string[] = [
  "volume",
  "staging",
  "tool",
  "main",
  "state",
  "clear",
  "release",
  "end",
];
const staged: readonly string[] = ["receive", "receive-tool", "stage", "staged", "swap", "unswap"];
const own: Readonly<Record<MemberScriptKind, readonly string[]>> = {
  restore: staged,
  rollback: [...staged, "previous", "send-previous", "copy-previous"],
  repair: ["block", "hold", "seeded", "adopt", "unhold"],
  finalize: ["finalize"],
};

function belongs(name: string, kind: MemberScriptKind): boolean {
  return everywhere.includes(name) || own[kind].includes(name);
}

/**
 * The scripts of such an operation by file name, functions too.
 *
 * They lie in Pulumi's state, so that `pulumi destroy` on another machine, or years later, runs exactly what was
 * recorded. Comments, blank lines and indentation stay behind; equal files give equal text.
 */
export function memberFiles(kind: MemberScriptKind): Record<string, string> {
  const names = [...memberFunctions, ...memberScripts].filter((name) => belongs(name, kind));
  return Object.fromEntries(names.map((name) => [`${name}.sh`, scriptText(directory, name)]));
}

/** A script with what it reads in its place, for where no file lies beside it. */
export const wholeMemberScript = (name: string): string => wholeScript(directory, name);

/**
 * What to execute for it where the scripts lie in `at`.
 *
 * @param living names of the Pods of this operation that live: a lock on the volume whose holder is none of them is
 *   nobody's. Without it, on doubt a holder lives.
 */
export function memberCommand(
  call: MemberCall,
  living?: readonly string[],
  at = MEMBER_SCRIPTS_AT,
): string[] {
  const command = ["/bin/sh", `${at}/${call.script}.sh`, ...call.argv];
  if (living === undefined) return command;
  const informed = 'LIVING_PODS=$1; export LIVING_PODS; shift; exec "$@"';
  return ["/bin/sh", "-c", informed, "sh", living.join(" "), ...command];
}

/** Exit codes of member scripts that are more than a failure. */
export const memberExit = {
  /** What arrived is not what was announced; nothing of it is kept. */
  notAnnounced: 75,
  /** Another snapshot was swapped under this id already, or the id was used before. */
  otherSwapped: 76,
  /** The snapshot is not on the volume (any more): send it, then stage again. */
  notReceived: 77,
  /** Restoring would leave the live data no space; nothing of what was sent is kept. */
  noSpace: 78,
} as const;
