import { join } from "node:path";
import type { MachineScript } from "../access/ssh/remoteCommand";
import { quoted } from "../access/ssh/remoteCommand";
import type { MemberCall } from "../member/memberCall";
import { wholeMemberScript } from "../member/memberScripts";
import { wholeScript } from "../member/scriptText";
import type { NodesProfile } from "../profiles/nodesProfile";

const directory = join(__dirname, "scripts");

/** Scripts for machines, beside those for a member's data. */
export const machineScripts = [
  "look",
  "ledgers",
  "write-ledger",
  "park",
  "unpark",
  "end",
  "status",
  "start-seed",
  "seed",
  "end-seed",
  "log",
  "etcdctl",
  "find-tool",
  "save-snapshot",
  "pki",
  "certificates",
  "can-fence",
  "fence",
  "fenced",
  "start-behind",
  "open-fence",
  "lift-fence",
  "fences",
  "drop-fences",
  "pki-look",
  "pki-former",
  "pki-stage",
  "pki-staged",
  "pki-swap",
  "pki-unswap",
  "pki-clear",
  "pki-finalize",
  "clean",
] as const;
export type MachineScriptName = (typeof machineScripts)[number];

/** Exit code of a script that found another ledger than the one that was judged. */
export const MOVED = 79;

/** Root's own on a machine, in memory: what is there is gone when the machine is started anew. */
export const MEMORY_DIRECTORY = "/run/etcd-recovery";

/** sudo's own path leaves out on some systems where containerd, crictl and etcd's tools are put by their makers. */
const BEHIND_SUDO = "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin:/opt/bin";

export function machineScript(
  { manifests, state }: Pick<NodesProfile, "manifests" | "state">,
  name: MachineScriptName,
  ...argv: readonly string[]
): MachineScript {
  const names = assignments({ MANIFESTS_DIRECTORY: manifests, STATE_DIRECTORY: state, MEMORY_DIRECTORY });
  return { text: `${names}${BEHIND_SUDO}\n${wholeScript(directory, name)}`, argv };
}

/**
 * A member's script as it runs on a machine: with the data where the machine has it, and with the tool that was found for
 * it within reach, behind the machine's own.
 */
export function memberScript(
  { state }: Pick<NodesProfile, "state">,
  dataDirectory: string,
  { script, argv }: MemberCall,
): MachineScript {
  const names = assignments({
    ...{ DATA_DIRECTORY: dataDirectory, TOOLS: `${state}/tools` },
    END_HOLDER: "end that process on the machine",
  });
  return { text: `${names}${BEHIND_SUDO}:$TOOLS\n${wholeMemberScript(script)}`, argv };
}

const assignments = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join("");
