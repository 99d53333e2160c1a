import { copyFile, cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { clusterDns, clusterRights } from "./clusters/addons";
import { makeAdminPki } from "./clusters/adminPki";
import { asList, secretOfFiles } from "./clusters/manifest";
import { adminStaticPods } from "./clusters/staticPods";
import { applyUserCluster, awaitUserCluster, prepareUserCluster } from "./clusters/userCluster";
import type { Lab, MachineName, UserCluster, WorkerName } from "./lab";
import type { LabDirectory } from "./labDirectory";
import { type LabState, writeState } from "./labState";
import { prepareHost } from "./machines/hostLimits";
import type { Machine } from "./machines/machine";
import { isNode, machineNames, powerOn, sshMachines } from "./machines/machineRoles";
import { routeAddress } from "./machines/network";
import { hostsFile } from "./machines/networkPlan";
import { copyTo, prepareNode } from "./machines/nodeRuntime";
import { makeSshKeys, prepareSsh } from "./machines/sshDaemon";
import type { Log } from "./progress";
import { machinesOf, RunningLab } from "./runningLab";
import { patient, waitUntil } from "./waiting";
import { writeWrappers } from "./wrappers";

/** One start of a lab, step by step: disks, machines, admin cluster, user cluster. */
export class LabStart {
  readonly #paths: LabDirectory;
  readonly #log: Log;
  #state: LabState;

  constructor(paths: LabDirectory, plan: LabState, log: Log) {
    this.#paths = paths;
    this.#state = plan;
    this.#log = log;
  }

  async run(): Promise<Lab> {
    const machines = await machinesOf(this.#paths, this.#state);
    const workstation = machineOf(machines, "ws");
    await writeState(this.#paths, this.#state);
    await this.#prepare(machines);
    await prepareHost(this.#state.cgroups, this.#state.name);
    await this.#powerOn(workstation, workstation);
    const others = [...machines.values()].filter((machine) => machine !== workstation);
    const started = Promise.all(others.map((machine) => this.#powerOn(machine, workstation)));
    await started;
    await this.#remember({
      machines: Object.fromEntries([...machines].map(([name, m]) => [name, m.firstProcess])),
    });
    await writeWrappers(this.#paths, workstation.firstProcess.pid, this.#state.toolsDirectory);
    this.#log(`${machines.size} machines run`);

    const lab = new RunningLab(this.#paths, this.#state, machines);
    await this.#fillAdminCluster(lab, machines);
    await this.#awaitEverything(lab);
    await this.#remember({ ready: true });
    return new RunningLab(this.#paths, this.#state, machines);
  }

  get #cluster(): UserCluster {
    const [cluster] = this.#state.userClusters;
    if (cluster === undefined) {
      throw new Error("a lab starts with one user cluster");
    }
    return cluster;
  }

  /** Everything on the machines' disks, before the first of them starts. */
  async #prepare(machines: ReadonlyMap<MachineName, Machine>): Promise<void> {
    const names = machineNames(this.#state.workers);
    const nodes = names.filter(isNode);
    const ssh = sshMachines.map((name) => machineOf(machines, name));
    await Promise.all([makeAdminPki(this.#paths, nodes), makeSshKeys(this.#paths, ssh)]);
    const volumePath = (node: WorkerName, path: string) => machineOf(machines, node).hostPath(path);
    // First, and alone on its disk: the nodes' own files go into the same directories.
    await layOutControlPlane(this.#paths, machineOf(machines, "admin-cp"));
    await Promise.all([
      prepareUserCluster(this.#paths, this.#cluster, volumePath),
      writeAdminKubeconfig(this.#paths),
      ...[...machines.values()].map((machine) => layOutNames(machine, names)),
      ...nodes.map((name) => prepareNode(this.#paths, machineOf(machines, name), this.#state.imageStore)),
      ...ssh.map((machine) => prepareSsh(this.#paths, machine)),
    ]);
    this.#log("keys, certificates and disks are ready");
  }

  #powerOn(machine: Machine, workstation: Machine): Promise<void> {
    const { toolsDirectory } = this.#state;
    return powerOn({
      machine,
      workstation,
      lab: this.#paths,
      toolsDirectory,
      firstCluster: this.#cluster.name,
    });
  }

  async #fillAdminCluster(lab: RunningLab, machines: ReadonlyMap<MachineName, Machine>): Promise<void> {
    const kubectl = join(this.#state.toolsDirectory, "kubectl");
    const asSuperAdmin = [kubectl, "--kubeconfig", this.#paths.adminConf("super-admin")];
    const remedy = `Read the logs in ${this.#paths.machine("admin-cp").logs}`;
    await waitUntil({ what: "the admin cluster's API server", timeoutSeconds: 120, remedy }, async () => {
      await lab.run([...asSuperAdmin, "get", "--raw", "/readyz"], { timeout: patient(5) * 1000 });
      return true;
    });
    this.#log("the admin cluster's API server answers");
    // Not validated by kubectl, which would first fetch all schemas within a time of its own: the types have done that.
    const rights = { input: asList(clusterRights()) };
    await lab.run([...asSuperAdmin, "apply", "--server-side", "--validate=false", "-f", "-"], rights);
    const sshKey = await secretOfFiles("kube-system", "sshkeys", [join(this.#paths.ssh, "vsphere_tmp")]);
    await lab.kubectl(["apply", "--server-side", "--validate=false", "-f", "-"], {
      input: asList([...clusterDns(), sshKey]),
    });
    await routeAddress(machineOf(machines, "ws"), this.#cluster.address, this.#state.workers);
    await applyUserCluster(lab, this.#paths, this.#cluster, this.#state.workers.length);
  }

  async #awaitEverything(lab: RunningLab): Promise<void> {
    const names = machineNames(this.#state.workers).filter(isNode);
    const nodes = names.map((name) => `node/${name}`);
    const remedy = `Read ${names.map((name) => this.#paths.machine(name).log("kubelet")).join(", ")}`;
    await waitUntil({ what: "the nodes to register", timeoutSeconds: 180, remedy }, async () => {
      await lab.kubectl(["get", ...nodes, "-o", "name"]);
      return true;
    });
    const roles = ["node-role.kubernetes.io/control-plane=", "node-role.kubernetes.io/master="];
    await lab.kubectl(["label", "--overwrite", "node/admin-cp", ...roles]);
    await lab.kubectl(["wait", "--for=condition=Ready", `--timeout=${patient(120)}s`, ...nodes]);
    this.#log(`${nodes.length} nodes are Ready`);
    const rollout = ["rollout", "status", "deployment/coredns", `--timeout=${patient(120)}s`];
    await lab.kubectl(["-n", "kube-system", ...rollout]);
    this.#log("DNS answers");
    await awaitUserCluster(lab, this.#cluster);
    this.#log(`user cluster ${this.#cluster.name} serves at https://${this.#cluster.address}`);
  }

  async #remember(change: Partial<LabState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    await writeState(this.#paths, this.#state);
  }
}

function machineOf(machines: ReadonlyMap<MachineName, Machine>, name: MachineName): Machine {
  const machine = machines.get(name);
  if (machine === undefined) {
    throw new Error(`the lab has no machine ${name}`);
  }
  return machine;
}

async function writeAdminKubeconfig(paths: LabDirectory): Promise<void> {
  await mkdir(dirname(paths.adminKubeconfig), { recursive: true, mode: 0o700 });
  await copyFile(paths.adminConf("admin"), paths.adminKubeconfig);
}

/** PKI, kubeconfigs and static Pod manifests, where kubeadm puts them. */
async function layOutControlPlane(paths: LabDirectory, machine: Machine): Promise<void> {
  await cp(join(paths.adminPki, "pki"), machine.hostPath("/etc/kubernetes/pki"), { recursive: true });
  await Promise.all([
    ...["admin", "super-admin", "controller-manager", "scheduler"].map((name) =>
      copyTo(machine, paths.adminConf(name), `/etc/kubernetes/${name}.conf`),
    ),
    ...adminStaticPods().map((pod) =>
      machine.writeFile(`/etc/kubernetes/manifests/${pod.metadata?.name}.yaml`, stringify(pod), 0o600),
    ),
  ]);
}

/** Names resolve by file; an address where nothing listens makes all others fail at once. */
async function layOutNames(machine: Machine, names: readonly MachineName[]): Promise<void> {
  await Promise.all([
    machine.writeFile("/etc/hosts", hostsFile(names)),
    machine.writeFile("/etc/hostname", `${machine.name}\n`),
    machine.writeFile("/etc/resolv.conf", "nameserver 127.0.0.9\n"),
  ]);
}
