import { join } from "node:path";
import { apiServerAt } from "./clusters/controlPlanePki";
import type { ControlPlane, ControlPlaneName, MachineName, SshHost } from "./lab";
import type { LabDirectory } from "./labDirectory";
import { etcdDataOf, type LabState } from "./labState";
import { controlPlaneAddress, machineAddresses } from "./machines/networkPlan";
import { hostKeyOf, operatorKey, sshUser } from "./machines/sshDaemon";
import { shapes } from "./shapes";

/** What {@link ControlPlane} says of a lab. */
export async function describeControlPlane(paths: LabDirectory, state: LabState): Promise<ControlPlane> {
  const { controlPlane, sshSecret } = shapes[state.shape];
  return {
    hosts: await Promise.all(controlPlane.map((name) => sshHost(paths, name))),
    jump: await sshHost(paths, "jump"),
    sshUser,
    privateKey: join(paths.ssh, operatorKey),
    knownHosts: join(paths.ssh, "known_hosts"),
    ...(sshSecret === undefined ? {} : { sshSecret }),
    server: apiServerAt(controlPlaneAddress(controlPlane)),
    kubeconfig: paths.adminKubeconfig,
    etcd: etcdDataOf(state),
  };
}

async function sshHost(paths: LabDirectory, name: MachineName): Promise<SshHost> {
  return { name, address: machineAddresses[name], hostKey: await hostKeyOf(paths, name) };
}

/** Arguments of `ssh` up to the command: one connection by the jump host, with the lab's keys and nothing of the caller's. */
export function sshArguments(paths: LabDirectory, machine: ControlPlaneName): string[] {
  const settings = ["-F", "none", "-i", join(paths.ssh, operatorKey), ...sshSettings(paths)];
  // OpenSSH hands the text to a shell; the lab's paths have nothing that one would take for more than text.
  const proxy = ["ssh", ...settings, "-W", "%h:%p", `${sshUser}@${machineAddresses.jump}`].join(" ");
  return [...settings, "-o", `ProxyCommand=${proxy}`, `${sshUser}@${machineAddresses[machine]}`];
}

function sshSettings(paths: LabDirectory): string[] {
  return [
    "-oBatchMode=yes",
    "-oIdentitiesOnly=yes",
    "-oStrictHostKeyChecking=yes",
    `-oUserKnownHostsFile=${join(paths.ssh, "known_hosts")}`,
    "-oConnectTimeout=5",
  ];
}
