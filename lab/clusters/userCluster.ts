import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../components/errors";
import type { Lab, UserCluster, UserClusterOptions, WorkerName } from "../lab";
import type { LabDirectory } from "../labDirectory";
import { userClusterAddress } from "../machines/networkPlan";
import { patient, waitUntil } from "../waiting";
import { asList, type Manifest, secretOfFiles } from "./manifest";
import { apiServerSecret, userApiServer } from "./userApiServer";
import { controllerSecret, userControllers } from "./userControllers";
import { etcdCertificateSecret, memberVolumePath, ordinals, userEtcd } from "./userEtcd";
import { makeUserPki } from "./userPki";

/** Fills in the defaults of a user cluster. Throws UserError when the options cannot be met. */
export function planUserCluster(
  lab: LabDirectory,
  options: UserClusterOptions,
  workers: readonly WorkerName[],
  index: number,
): UserCluster {
  if (!/^[a-z][a-z0-9-]{0,29}$/.test(options.name)) {
    throw new UserError(
      `"${options.name}" cannot name a user cluster.`,
      "Use lower-case letters, digits and dashes.",
    );
  }
  const members = options.members ?? (workers.length === 1 ? 1 : 3);
  const apiservers = options.apiservers ?? members;
  if (!Number.isInteger(apiservers) || apiservers < 1 || apiservers > 5) {
    throw new UserError(`A user cluster cannot have ${apiservers} API servers here.`, "Choose 1 to 5.");
  }
  return {
    name: options.name,
    members,
    apiservers,
    pdb: options.pdb ?? true,
    address: userClusterAddress(index),
    kubeconfig: lab.kubeconfig(options.name),
    memberNodes: ordinals(members).map((ordinal) => workers[ordinal % workers.length] ?? "node-a"),
  };
}

/** Makes keys, certificates and volumes of a user cluster: all that it needs before the admin cluster runs. */
export async function prepareUserCluster(
  lab: LabDirectory,
  cluster: UserCluster,
  volumePath: (node: WorkerName, path: string) => string,
): Promise<void> {
  const volumes = cluster.memberNodes.map((node, ordinal) =>
    volumePath(node, memberVolumePath(cluster.name, ordinal)),
  );
  await Promise.all([
    makeUserPki(lab, cluster.name, cluster.address),
    ...volumes.map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
  ]);
}

/** Every object of a user cluster's control plane in the admin cluster. */
export async function userClusterManifests(
  lab: LabDirectory,
  cluster: UserCluster,
  workers: number,
): Promise<Manifest[]> {
  const file = (name: string) => join(lab.userPki(cluster.name), name);
  const etcdFiles = ["etcdCA.crt", "etcd.crt", "etcd.key"].map(file);
  const serverFiles = ["ca.crt", "apiserver.crt", "apiserver.key", "sa.key", "sa.pub"].map(file);
  const controllerFiles = ["ca.crt", "ca.key", "sa.key", "controller-manager.conf", "scheduler.conf"].map(
    file,
  );
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: cluster.name } },
    await secretOfFiles(cluster.name, etcdCertificateSecret(cluster.name), etcdFiles),
    await secretOfFiles(cluster.name, apiServerSecret, [...serverFiles, ...etcdFiles]),
    await secretOfFiles(cluster.name, controllerSecret, controllerFiles),
    ...userEtcd(cluster),
    ...userApiServer(cluster, workers),
    ...userControllers(cluster),
  ];
}

/** Applies a user cluster's control plane. */
export async function applyUserCluster(
  lab: Lab,
  directory: LabDirectory,
  cluster: UserCluster,
  workers: number,
): Promise<void> {
  const manifests = await userClusterManifests(directory, cluster, workers);
  await lab.kubectl(["apply", "--server-side", "--validate=false", "-f", "-"], { input: asList(manifests) });
}

/** Waits until members, API servers and controllers are ready and the cluster's own address answers. */
export async function awaitUserCluster(lab: Lab, cluster: UserCluster): Promise<void> {
  const workloads = [
    "statefulset/kube-etcd",
    "statefulset/kube-apiserver",
    "deployment/kube-controller-manager",
    "deployment/kube-scheduler",
    "deployment/gke-master-etcd-maintenance",
  ];
  for (const workload of workloads) {
    const rollout = ["rollout", "status", workload, `--timeout=${patient(180)}s`];
    await lab.kubectl(["-n", cluster.name, ...rollout]);
  }
  await waitUntil(
    { what: `the API server of ${cluster.name} at ${cluster.address}`, timeoutSeconds: 60 },
    async () => {
      const answer = await lab.userKubectl(cluster.name, ["get", "--raw", "/readyz"], {
        timeout: patient(5) * 1000,
      });
      return answer.stdout === "ok";
    },
  );
}
