import type { MachineScript } from "../access/ssh/remoteCommand";
import type { SshMachines } from "../access/ssh/sshMachines";
import { FailedError } from "../errors";
import type { Member } from "../procedure/substrate";
import type { NodesProfile } from "../profiles/nodesProfile";
import type { EtcdPod } from "./etcdPod";
import { type MachineScriptName, machineScript } from "./machineScripts";
import type { NodesAccess } from "./nodesAccess";

/** What this room asks of machines. Tests have some in this process. */
export type Machines = Pick<SshMachines, "run" | "send" | "receive" | "forward">;

/** A machine's member: how etcd names it and where the machine has it. */
export interface NodesMember extends Member, Omit<EtcdPod, "name" | "peerUrl" | "clientUrl"> {}

/** What all halves of the substrate of machines share. */
export interface NodesContext {
  readonly machines: Machines;
  readonly access: NodesAccess;
  readonly profile: NodesProfile;
  readonly members: readonly NodesMember[];
  readonly userAgent: string;
  say(line: string): void;
}

/** Seconds of a script that only looks, or renames. */
const QUICK_SECONDS = 90;

/** Standard output of a script that must not fail. @throws FailedError, SshError */
export async function answerOf(
  { machines, profile }: Pick<NodesContext, "machines" | "profile">,
  machine: string,
  name: MachineScriptName,
  ...argv: readonly string[]
): Promise<string> {
  const script: MachineScript = machineScript(profile, name, ...argv);
  const { code, stdout, stderr } = await machines.run(machine, script, QUICK_SECONDS);
  if (code === 0) return stdout;
  throw new MachineScriptError(machine, code, stderr.trim() || `${name} ended with ${code}`);
}

/** A script of a machine's ended otherwise than well. */
export class MachineScriptError extends FailedError {
  constructor(
    machine: string,
    readonly code: number,
    said: string,
  ) {
    super(`machine ${machine}: ${said}`, "Mend the cause, then run the same command again.");
    this.name = "MachineScriptError";
  }
}

/** Lines of an answer as words. */
export const wordsOf = (text: string): readonly (readonly string[])[] =>
  text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim().split(" ")]));
