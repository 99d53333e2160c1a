import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlane, Lab, MachineName } from "./lab";
import { labCgroup, memoryInUse } from "./machines/cgroupLayout";
import { findCgroups } from "./machines/cgroups";
import { machineAddresses } from "./machines/networkPlan";

/** What runs in a lab, as text for a terminal. */
export async function describeLab(lab: Lab): Promise<string> {
  const [machines, pods] = await Promise.all([describeMachines(lab), describePods(lab)]);
  const clusters = await Promise.all(
    lab.userClusters.map(async (cluster) => {
      const answer = await lab.userKubectl(cluster.name, ["get", "--raw", "/readyz"], {
        reject: false,
        timeout: 5_000,
      });
      const state = answer.exitCode === 0 && answer.stdout === "ok" ? "ready" : "does not answer";
      return `user cluster ${cluster.name}: https://${cluster.address} ${state}; kubeconfig ${cluster.kubeconfig}`;
    }),
  );
  return [
    `lab ${lab.name} (${lab.shape}) in ${lab.directory}`,
    ...machines,
    ...describeControlPlane(await lab.controlPlane()),
    ...clusters,
    "",
    pods,
    "",
  ].join("\n");
}

function describeControlPlane({ hosts, jump, server, kubeconfig, etcd, ...ssh }: ControlPlane): string[] {
  const names = hosts.map((host) => host.name).join(", ");
  const mount = etcd.isMount ? ", a mount of its own" : "";
  const secret = ssh.sshSecret;
  const kept =
    secret === undefined ? "" : `, also ${secret.field} of Secret ${secret.name} in ${secret.namespace}`;
  return [
    `control plane on ${names}: ${server}; kubeconfig ${kubeconfig}`,
    `  etcd's data: ${etcd.dataDirectory} of ${etcd.uid}:${etcd.gid}${mount}`,
    `  SSH: ${ssh.sshUser} by ${ssh.sshUser}@${jump.address}; key ${ssh.privateKey}${kept}; host keys ${ssh.knownHosts}`,
  ];
}

async function describeMachines(lab: Lab): Promise<string[]> {
  return Promise.all(
    lab.machines.map(async (name) => {
      const memory = await memoryMiB(lab, name);
      const state = memory === undefined ? "off" : `${memory} MiB`;
      return `  ${name.padEnd(9)} ${machineAddresses[name].padEnd(12)} ${state}`;
    }),
  );
}

/** Memory that a machine's processes use, file cache aside; undefined when it is off. */
async function memoryMiB(lab: Lab, name: MachineName): Promise<number | undefined> {
  const { version, hierarchies } = await findCgroups();
  const memory = hierarchies.find((one) => version === 2 || one.options.split(",").includes("memory"));
  const path = join(memory?.mountPoint ?? "", labCgroup(lab.name), name, "memory.stat");
  const bytes = memoryInUse(version, await readFile(path, "utf8").catch(() => ""));
  return bytes === undefined ? undefined : Math.round(bytes / 2 ** 20);
}

async function describePods(lab: Lab): Promise<string> {
  const answer = await lab.kubectl(["get", "pods", "-A", "-o", "wide"], { reject: false, timeout: 10_000 });
  return answer.exitCode === 0 ? answer.stdout : `The cluster does not answer: ${answer.stderr.trim()}`;
}
