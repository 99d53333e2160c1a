import { chmod, chown, cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ControlPlaneName, EtcdData } from "../lab";
import type { LabDirectory } from "../labDirectory";
import type { Machine } from "../machines/machine";
import { copyTo } from "../machines/nodeRuntime";
import { staticPods } from "./staticPods";

/** A control plane that is laid out on its machines' disks. */
export interface ControlPlaneLayout {
  /** In the order in which they joined. */
  readonly machines: readonly ControlPlaneName[];
  readonly etcd: EtcdData;
}

/** PKI, kubeconfigs and static Pod manifests of one machine, where kubeadm puts them, with its modes and owners. */
export async function layOutControlPlane(
  paths: LabDirectory,
  machine: Machine,
  layout: ControlPlaneLayout,
): Promise<void> {
  const name = machine.name as ControlPlaneName;
  await mkdir(machine.hostPath("/etc/kubernetes"), { recursive: true });
  await mkdir(machine.hostPath("/etc/kubernetes/manifests"), { mode: 0o700 });
  await layOutPki(paths, machine, layout.etcd);
  const identities = ["admin", "controller-manager", "scheduler"];
  const first = name === layout.machines[0] ? ["super-admin"] : [];
  await Promise.all([
    ...[...identities, ...first].map((identity) =>
      copyTo(machine, paths.adminConf(`${name}/${identity}`), `/etc/kubernetes/${identity}.conf`),
    ),
    ...staticPods(name, layout.machines, layout.etcd).map((pod) =>
      machine.writeFile(`/etc/kubernetes/manifests/${pod.metadata?.name}.yaml`, stringify(pod), 0o600),
    ),
  ]);
}

async function layOutPki(paths: LabDirectory, machine: Machine, etcd: EtcdData): Promise<void> {
  const pki = machine.hostPath("/etc/kubernetes/pki");
  await cp(join(paths.adminPki, "pki"), pki, { recursive: true });
  await cp(paths.machinePki(machine.name as ControlPlaneName), pki, { recursive: true });
  await Promise.all([pki, join(pki, "etcd")].map((directory) => chmod(directory, 0o755)));
  // As kubeadm gives them to an etcd that does not run as root.
  const keys = ["server.key", "peer.key"].map((key) => join(pki, "etcd", key));
  await Promise.all(keys.map((key) => chown(key, etcd.uid, etcd.gid)));
}
