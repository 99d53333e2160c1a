import { delimiter, join } from "node:path";
import type { ExecaChildProcess } from "execa";
import { UserError } from "../components/errors";
import {
  applyUserCluster,
  awaitUserCluster,
  planUserCluster,
  prepareUserCluster,
} from "./clusters/userCluster";
import { damageMembers } from "./damage";
import { assertRoot, endLab } from "./down";
import { environmentOf } from "./env";
import type {
  ControlPlane,
  ControlPlaneName,
  DamageOptions,
  Lab,
  LabShape,
  LoadOptions,
  LoadReport,
  MachineName,
  RunOptions,
  UserCluster,
  UserClusterOptions,
} from "./lab";
import { LabDirectory } from "./labDirectory";
import { etcdDataOf, type LabState, machineNamesOf, readState, writeState } from "./labState";
import { loadCluster } from "./load/loadCluster";
import { Machine } from "./machines/machine";
import { isControlPlane, powerOn } from "./machines/machineRoles";
import { routeAddress, setCable } from "./machines/network";
import { isAlive } from "./machines/processes";
import { shapes } from "./shapes";
import { describeControlPlane, sshArguments } from "./sshAccess";
import { describeWorkstation } from "./wrappers";

/** A lab that runs, known by its files alone. */
export class RunningLab implements Lab {
  readonly name: string;
  readonly shape: LabShape;
  readonly directory: string;
  readonly machines: readonly MachineName[];
  readonly #paths: LabDirectory;
  readonly #machines: ReadonlyMap<MachineName, Machine>;
  #state: LabState;
  #written: Promise<void> = Promise.resolve();

  constructor(paths: LabDirectory, state: LabState, machines: ReadonlyMap<MachineName, Machine>) {
    this.name = state.name;
    this.shape = state.shape;
    this.directory = paths.path;
    this.machines = [...machines.keys()];
    this.#paths = paths;
    this.#machines = machines;
    this.#state = state;
  }

  get toolsDirectory(): string {
    return this.#state.toolsDirectory;
  }
  get binDirectory(): string {
    return this.#paths.bin;
  }
  get adminKubeconfig(): string {
    return this.#paths.adminKubeconfig;
  }
  get workstationPid(): number {
    return this.#machine("ws").firstProcess.pid;
  }
  get runningMachines(): readonly MachineName[] {
    return this.machines.filter((name) => this.#machine(name).isRunning);
  }
  get userClusters(): readonly UserCluster[] {
    return this.#state.userClusters;
  }

  userCluster(name?: string): UserCluster {
    const cluster = this.userClusters.find((candidate) => name === undefined || candidate.name === name);
    if (cluster === undefined) {
      const known = this.userClusters.map((candidate) => candidate.name).join(", ");
      const named = name === undefined ? "" : ` "${name}"`;
      throw new UserError(`The lab ${this.name} has no user cluster${named}.`, `It has: ${known || "none"}.`);
    }
    return cluster;
  }

  userKubeconfig(cluster?: string): string {
    return this.userCluster(cluster).kubeconfig;
  }

  run(argv: readonly string[], options: RunOptions = {}): ExecaChildProcess {
    const path = [this.binDirectory, options.env?.PATH ?? process.env.PATH].join(delimiter);
    return this.#machine("ws").inNetwork(argv, { ...options, env: { ...options.env, PATH: path } });
  }

  kubectl(argv: readonly string[], options: RunOptions = {}): ExecaChildProcess {
    return this.run(
      [join(this.toolsDirectory, "kubectl"), "--kubeconfig", this.adminKubeconfig, ...argv],
      options,
    );
  }

  userKubectl(cluster: string, argv: readonly string[], options: RunOptions = {}): ExecaChildProcess {
    const kubectl = join(this.toolsDirectory, "kubectl");
    return this.run([kubectl, "--kubeconfig", this.userKubeconfig(cluster), ...argv], options);
  }

  onMachine(machine: MachineName, argv: readonly string[], options: RunOptions = {}): ExecaChildProcess {
    return this.#machine(machine).run(argv, options);
  }

  controlPlane(): Promise<ControlPlane> {
    return describeControlPlane(this.#paths, this.#state);
  }

  ssh(machine: ControlPlaneName, command: string, options: RunOptions = {}): ExecaChildProcess {
    this.#machine(machine);
    return this.run(["ssh", ...sshArguments(this.#paths, machine), command], options);
  }

  machinePath(machine: MachineName, absolutePath: string): string {
    return this.#machine(machine).hostPath(absolutePath);
  }

  async addUserCluster(options: UserClusterOptions): Promise<UserCluster> {
    if (!shapes[this.shape].hostsUserClusters) {
      throw new UserError(
        `The lab ${this.name} of shape ${this.shape} hosts no user clusters.`,
        `Start one that does: npm run lab -- up --name ${this.name} --shape hosted`,
      );
    }
    if (this.userClusters.some((existing) => existing.name === options.name)) {
      throw new UserError(`The lab ${this.name} has a user cluster ${options.name} already.`);
    }
    const workers = this.#state.workers;
    const cluster = planUserCluster(this.#paths, options, workers, this.userClusters.length);
    await prepareUserCluster(this.#paths, cluster, (node, path) => this.machinePath(node, path));
    await this.#remember({ userClusters: [...this.userClusters, cluster] });
    await this.#routeUserClusters();
    await applyUserCluster(this, this.#paths, cluster, workers.length);
    await awaitUserCluster(this, cluster);
    return cluster;
  }

  load(options: LoadOptions): Promise<LoadReport> {
    return loadCluster(this, options);
  }

  damage(options: DamageOptions = {}): Promise<void> {
    return damageMembers(this, options);
  }

  async killMachine(machine: MachineName): Promise<void> {
    await this.#machine(machine).kill();
    const { [machine]: _gone, ...others } = this.#state.machines;
    await this.#remember({ machines: others });
  }

  async startMachine(name: MachineName): Promise<void> {
    const machine = this.#machine(name);
    await powerOn({
      machine,
      workstation: this.#machine("ws"),
      lab: this.#paths,
      shape: shapes[this.shape],
      toolsDirectory: this.toolsDirectory,
      firstCluster: this.userClusters[0]?.name,
    });
    await this.#remember({ machines: { ...this.#state.machines, [name]: machine.firstProcess } });
    if (name === "ws") {
      await describeWorkstation(this.#paths, machine.firstProcess.pid);
      await this.#routeUserClusters();
    }
  }

  async setLink(machine: MachineName, up: boolean): Promise<void> {
    await setCable(this.#machine(machine), this.#machine("ws"), up);
  }

  async env(): Promise<Record<string, string>> {
    return (await environmentOf(this, this.#paths)).variables;
  }

  async plugins(): Promise<Readonly<Record<string, string>>> {
    return (await environmentOf(this, this.#paths)).plugins;
  }

  async down(): Promise<void> {
    await endLab(this.name);
  }

  /** Sends each user cluster's address to the workers, whose kube-proxies know its API servers. */
  async #routeUserClusters(): Promise<void> {
    for (const cluster of this.userClusters) {
      await routeAddress(this.#machine("ws"), cluster.address, this.#state.workers);
    }
  }

  /** Several machines may be switched at the same time; the file then has what was last said. */
  #remember(change: Partial<LabState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    const write = () => writeState(this.#paths, this.#state);
    this.#written = this.#written.then(write, write);
    return this.#written;
  }

  #machine(name: MachineName): Machine {
    const machine = this.#machines.get(name);
    if (machine === undefined) {
      throw new UserError(
        `The lab ${this.name} has no machine ${name}.`,
        `It has: ${this.machines.join(", ")}.`,
      );
    }
    return machine;
  }
}

/** Opens a lab from its files. Throws UserError when it does not run or has not been started whole. */
export async function openRunningLab(name: string): Promise<RunningLab> {
  assertRoot();
  const paths = new LabDirectory(name);
  const state = await readState(paths);
  const up = `Run: npm run lab -- up --name ${name}`;
  if (state === undefined) {
    throw new UserError(`There is no lab ${name} in ${paths.base}.`, up);
  }
  const workstation = state.machines.ws;
  if (!state.ready || workstation === undefined || !(await isAlive(workstation))) {
    throw new UserError(`The lab ${name} was started, but it does not run any more.`, up);
  }
  return new RunningLab(paths, state, await machinesOf(paths, state));
}

/** The machines of a lab; of those that have ended meanwhile, only their disks. */
export async function machinesOf(paths: LabDirectory, state: LabState): Promise<Map<MachineName, Machine>> {
  const machines = new Map<MachineName, Machine>();
  const { cgroups } = state;
  const etcd = etcdDataOf(state);
  for (const name of machineNamesOf(state)) {
    const first = state.machines[name];
    const living = first !== undefined && (await isAlive(first)) ? first : undefined;
    const mounts = etcd.isMount && isControlPlane(name) ? [etcd.dataDirectory] : [];
    machines.set(name, new Machine(paths, { name, cgroups, mounts }, living));
  }
  return machines;
}
