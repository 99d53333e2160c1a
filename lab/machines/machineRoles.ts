import type { ControlPlaneName, MachineName, WorkerName } from "../lab";
import type { LabDirectory } from "../labDirectory";
import { allWorkers, type Shape } from "../shapes";
import type { ToolName } from "../tools/toolFamilies";
import { balance } from "./balancer";
import { iptablesPrograms } from "./iptables";
import type { Machine } from "./machine";
import { connect, makeBridge } from "./network";
import { startNode } from "./nodeRuntime";
import { allowSshFromJumpOnly, startSsh } from "./sshDaemon";

/** All machines of a lab, in the order in which they start. */
export function machineNames(
  controlPlane: readonly ControlPlaneName[],
  workers: readonly WorkerName[],
): MachineName[] {
  return ["ws", "jump", ...controlPlane, ...workers];
}

export function isWorker(name: MachineName): name is WorkerName {
  return allWorkers.some((worker) => worker === name);
}

/** Whether a machine runs the static Pods of a control plane. */
export function isControlPlane(name: MachineName): name is ControlPlaneName {
  return name !== "ws" && name !== "jump" && !isWorker(name);
}

/** Whether operators reach a machine by SSH. */
export function hasSsh(name: MachineName): boolean {
  return name === "jump" || isControlPlane(name);
}

/** Whether a machine runs a kubelet. */
export function isNode(name: MachineName): boolean {
  return isControlPlane(name) || isWorker(name);
}

/** Programs beside those of the host's packages. */
function toolsOf(name: MachineName): ToolName[] {
  if (isControlPlane(name)) {
    return ["kubelet", "kube-proxy", "kubectl", "etcdctl", "crictl"];
  }
  if (isWorker(name)) {
    return ["kubelet", "kube-proxy"];
  }
  return name === "ws" ? ["kubectl", "etcd", "etcdctl", "etcdutl", "balancer"] : [];
}

/** What {@link powerOn} needs to know. */
export interface PowerOn {
  readonly machine: Machine;
  /** The machine with the bridge; it must run, except when it is the one to start. */
  readonly workstation: Machine;
  readonly lab: LabDirectory;
  readonly shape: Shape;
  readonly toolsDirectory: string;
  /** User cluster whose members the workers carry; undefined when they carry none. */
  readonly firstCluster: string | undefined;
  /** What is put on a disk that has not been booted yet, once the machine runs and before anything runs on it. */
  readonly firstBoot?: (machine: Machine) => Promise<void>;
}

/** Starts a machine on its disk, connects it and starts its daemons. The same at the first boot and at later ones. */
export async function powerOn(on: PowerOn): Promise<void> {
  const { machine, workstation, lab, shape } = on;
  const tools = {
    ...Object.fromEntries(toolsOf(machine.name).map((tool) => [tool, `${on.toolsDirectory}/${tool}`])),
    ...(isNode(machine.name) ? await iptablesPrograms() : {}),
  };
  await machine.start({ tools, reaper: `${on.toolsDirectory}/reaper` });
  if (machine.name === "ws") {
    await makeBridge(machine);
    await balance(machine, shape.controlPlane);
    return;
  }
  await connect(machine, workstation);
  await on.firstBoot?.(machine);
  if (hasSsh(machine.name)) {
    await startSsh(lab, machine);
  }
  if (isControlPlane(machine.name)) {
    await allowSshFromJumpOnly(machine);
  }
  if (isNode(machine.name)) {
    await startNode(machine, {
      labels: isWorker(machine.name) ? clusterLabel(on.firstCluster) : {},
      isControlPlane: isControlPlane(machine.name),
    });
  }
}

/** The label by which Google Distributed Cloud ties an admin worker to the user cluster whose control plane it runs. */
function clusterLabel(cluster: string | undefined): Record<string, string> {
  return cluster === undefined ? {} : { "kubernetes.googleapis.com/cluster-name": cluster };
}
