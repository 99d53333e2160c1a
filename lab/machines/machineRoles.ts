import type { MachineName, WorkerName } from "../lab";
import type { LabDirectory } from "../labDirectory";
import type { ToolName } from "../tools/toolFamilies";
import { iptablesPrograms } from "./iptables";
import type { Machine } from "./machine";
import { connect, makeBridge } from "./network";
import { podSubnets } from "./networkPlan";
import { startNode } from "./nodeRuntime";
import { allowSshFromJumpOnly, startSsh } from "./sshDaemon";

/** All machines of a lab, in the order in which they start. */
export function machineNames(workers: readonly WorkerName[]): MachineName[] {
  return ["ws", "jump", "admin-cp", ...workers];
}

/** Machines that operators reach by SSH. */
export const sshMachines: readonly MachineName[] = ["jump", "admin-cp"];

/** Whether a machine runs a kubelet. */
export function isNode(name: MachineName): boolean {
  return podSubnets[name] !== undefined;
}

/** Programs beside those of the host's packages. */
function toolsOf(name: MachineName): ToolName[] {
  switch (name) {
    case "ws":
      return ["kubectl", "etcdctl", "etcdutl"];
    case "jump":
      return [];
    case "admin-cp":
      return ["kubelet", "kube-proxy", "kubectl", "etcdctl"];
    default:
      return ["kubelet", "kube-proxy"];
  }
}

/** What {@link powerOn} needs to know. */
export interface PowerOn {
  readonly machine: Machine;
  /** The machine with the bridge; it must run, except when it is the one to start. */
  readonly workstation: Machine;
  readonly lab: LabDirectory;
  readonly toolsDirectory: string;
  /** User cluster whose members the workers carry. */
  readonly firstCluster: string;
}

/** Starts a machine on its disk, connects it and starts its daemons. The same at the first boot and at later ones. */
export async function powerOn(on: PowerOn): Promise<void> {
  const { machine, workstation, lab } = on;
  const tools = {
    ...Object.fromEntries(toolsOf(machine.name).map((tool) => [tool, `${on.toolsDirectory}/${tool}`])),
    ...(isNode(machine.name) ? await iptablesPrograms() : {}),
  };
  await machine.start({ name: machine.name, tools, reaper: `${on.toolsDirectory}/reaper` });
  if (machine.name === "ws") {
    await makeBridge(machine);
    return;
  }
  await connect(machine, workstation);
  if (sshMachines.includes(machine.name)) {
    await startSsh(lab, machine);
  }
  if (machine.name === "admin-cp") {
    await allowSshFromJumpOnly(machine);
  }
  if (isNode(machine.name)) {
    const isWorker = machine.name !== "admin-cp";
    // The label by which Google Distributed Cloud ties an admin worker to the user cluster whose control plane it runs.
    const labels: Record<string, string> = isWorker
      ? { "kubernetes.googleapis.com/cluster-name": on.firstCluster }
      : {};
    await startNode(machine, labels);
  }
}
