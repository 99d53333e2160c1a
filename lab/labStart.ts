import { copyFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { ClusterStart } from "./clusterStart";
import { layOutControlPlane } from "./clusters/controlPlane";
import { makeControlPlanePki } from "./clusters/controlPlanePki";
import { type MemberSeed, makeEmptySnapshot, makeEtcdData } from "./clusters/etcdSeed";
import { prepareUserCluster } from "./clusters/userCluster";
import type { Lab, MachineName, WorkerName } from "./lab";
import type { LabDirectory } from "./labDirectory";
import { etcdDataOf, type LabState, machineNamesOf, writeState } from "./labState";
import { prepareHost } from "./machines/hostLimits";
import type { Machine } from "./machines/machine";
import { hasSsh, isControlPlane, isNode, powerOn } from "./machines/machineRoles";
import { hostsFile } from "./machines/networkPlan";
import { prepareNode } from "./machines/nodeRuntime";
import { makeSshKeys, prepareSsh } from "./machines/sshDaemon";
import type { Log } from "./progress";
import { machinesOf, RunningLab } from "./runningLab";
import { shapes } from "./shapes";
import { writeWrappers } from "./wrappers";

/** One start of a lab, step by step: disks, machines, cluster, user cluster. */
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
    const seed = await this.#seed(workstation);
    const others = [...machines.values()].filter((machine) => machine !== workstation);
    await Promise.all(others.map((machine) => this.#powerOn(machine, workstation, seed)));
    await this.#remember({
      machines: Object.fromEntries([...machines].map(([name, m]) => [name, m.firstProcess])),
    });
    await writeWrappers(this.#paths, workstation.firstProcess.pid, this.#state.toolsDirectory);
    this.#log(`${machines.size} machines run`);

    const lab = new RunningLab(this.#paths, this.#state, machines);
    await new ClusterStart(lab, this.#paths, this.#state, workstation, this.#log).run();
    await this.#remember({ ready: true });
    return new RunningLab(this.#paths, this.#state, machines);
  }

  /** Everything on the machines' disks, before the first of them starts. */
  async #prepare(machines: ReadonlyMap<MachineName, Machine>): Promise<void> {
    const names = machineNamesOf(this.#state);
    const nodes = names.filter(isNode);
    const controlPlane = shapes[this.#state.shape].controlPlane;
    const ssh = names.filter(hasSsh).map((name) => machineOf(machines, name));
    await Promise.all([makeControlPlanePki(this.#paths, controlPlane, nodes), makeSshKeys(this.#paths, ssh)]);
    const volumePath = (node: WorkerName, path: string) => machineOf(machines, node).hostPath(path);
    const layout = { machines: controlPlane, etcd: etcdDataOf(this.#state) };
    // First, and alone on their disks: the nodes' own files go into the same directories.
    await Promise.all(
      controlPlane.map((name) => layOutControlPlane(this.#paths, machineOf(machines, name), layout)),
    );
    await Promise.all([
      ...this.#state.userClusters.map((cluster) => prepareUserCluster(this.#paths, cluster, volumePath)),
      this.#writeKubeconfig(),
      ...[...machines.values()].map((machine) => layOutNames(machine, names)),
      ...nodes.map((name) => prepareNode(this.#paths, machineOf(machines, name), this.#state.imageStore)),
      ...ssh.map((machine) => prepareSsh(this.#paths, machine)),
    ]);
    this.#log("keys, certificates and disks are ready");
  }

  async #writeKubeconfig(): Promise<void> {
    const [first] = shapes[this.#state.shape].controlPlane;
    await mkdir(dirname(this.#paths.adminKubeconfig), { recursive: true, mode: 0o700 });
    await copyFile(this.#paths.adminConf(`${first}/admin`), this.#paths.adminKubeconfig);
  }

  /** What the members of a control plane of several machines begin with; one alone begins with nothing. */
  async #seed(workstation: Machine): Promise<MemberSeed | undefined> {
    const { toolsDirectory, shape } = this.#state;
    const machines = shapes[shape].controlPlane;
    return machines.length === 1
      ? undefined
      : { machines, toolsDirectory, snapshot: await makeEmptySnapshot(workstation) };
  }

  #powerOn(machine: Machine, workstation: Machine, seed?: MemberSeed): Promise<void> {
    const etcd = etcdDataOf(this.#state);
    return powerOn({
      machine,
      workstation,
      lab: this.#paths,
      shape: shapes[this.#state.shape],
      toolsDirectory: this.#state.toolsDirectory,
      firstCluster: this.#state.userClusters[0]?.name,
      firstBoot: async (on) => {
        if (isControlPlane(on.name)) {
          await makeEtcdData(on, etcd, seed);
        }
      },
    });
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

/** Names resolve by file; an address where nothing listens makes all others fail at once. */
async function layOutNames(machine: Machine, names: readonly MachineName[]): Promise<void> {
  await Promise.all([
    machine.writeFile("/etc/hosts", hostsFile(names)),
    machine.writeFile("/etc/hostname", `${machine.name}\n`),
    machine.writeFile("/etc/resolv.conf", "nameserver 127.0.0.9\n"),
  ]);
}
