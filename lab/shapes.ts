import { UserError } from "../components/errors";
import type { ControlPlaneName, EtcdData, LabOptions, LabShape, SecretField, WorkerName } from "./lab";

/** What a lab of a shape consists of. */
export interface Shape {
  /** Machines of the control plane, one etcd member each. */
  readonly controlPlane: readonly ControlPlaneName[];
  /** Workers when nobody says how many. */
  readonly workers: 0 | 3;
  /** Whether a user cluster's control plane runs as Pods on the workers. */
  readonly hostsUserClusters: boolean;
  readonly etcd: Omit<EtcdData, "isMount">;
  /** Where the operators' private key is kept in the cluster. */
  readonly sshSecret?: SecretField;
}

const asRoot = { dataDirectory: "/var/lib/etcd", uid: 0, gid: 0 };
const adminSecret: SecretField = { namespace: "kube-system", name: "sshkeys", field: "vsphere_tmp" };
const three: readonly ControlPlaneName[] = ["cp-a", "cp-b", "cp-c"];

export const shapes: Readonly<Record<LabShape, Shape>> = {
  hosted: {
    controlPlane: ["admin-cp"],
    workers: 3,
    hostsUserClusters: true,
    etcd: asRoot,
    sshSecret: adminSecret,
  },
  admin: {
    controlPlane: ["admin-cp"],
    workers: 0,
    hostsUserClusters: false,
    etcd: asRoot,
    sshSecret: adminSecret,
  },
  kubeadm: { controlPlane: three, workers: 0, hostsUserClusters: false, etcd: asRoot },
  "controlplane-v2": {
    controlPlane: three,
    workers: 0,
    hostsUserClusters: false,
    etcd: { dataDirectory: "/opt/data/var/lib/etcd", uid: 2001, gid: 2001 },
    sshSecret: { namespace: "uc1", name: "ssh-keys", field: "ssh.key" },
  },
};

export const allWorkers: readonly WorkerName[] = ["node-a", "node-b", "node-c"];

/** Shape and workers that the options ask for. Throws UserError when they do not go together. */
export function chooseShape(options: LabOptions): { name: LabShape; workers: readonly WorkerName[] } {
  const name = options.shape ?? "hosted";
  const shape = shapes[name];
  if (shape === undefined) {
    throw new UserError(`There is no shape "${name}".`, `Choose ${Object.keys(shapes).join(", ")}.`);
  }
  const workers = options.workers ?? shape.workers;
  if (shape.hostsUserClusters && workers === 0) {
    throw new UserError(
      "A hosted user cluster needs a worker.",
      "Choose 1 to 3 workers, or the shape admin.",
    );
  }
  const { cluster, members, apiservers } = options;
  if (!shape.hostsUserClusters && [cluster, members, apiservers].some((option) => option !== undefined)) {
    throw new UserError(
      `The shape ${name} hosts no user cluster, so there is none to describe.`,
      "Leave out cluster, members and apiservers, or choose the shape hosted.",
    );
  }
  return { name, workers: allWorkers.slice(0, workers) };
}
