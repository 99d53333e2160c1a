import { copyFile, mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { UserError } from "../../components/errors";
import { writeTree } from "../files";
import type { MachineName, RunOptions } from "../lab";
import type { LabDirectory, MachineDirectory } from "../labDirectory";
import { waitFor } from "../waiting";
import { type CgroupLayout, labCgroup, machineCgroup } from "./cgroupLayout";
import { delegateToMachine, makeMachineCgroups, processesBelow } from "./cgroups";
import { cpuinfoForKubelet } from "./cpuinfo";
import { endCgroup } from "./endCgroup";
import { childrenOf, identify, type ProcessIdentity, programName } from "./processes";

/** Directories of every machine that are real ones of the host's file system: containerd and homes want no overlay. */
const dataDirectories: readonly string[] = [
  "/etc/kubernetes",
  "/etc/cni/net.d",
  "/var/lib/kubelet",
  "/var/lib/containerd",
  "/var/lib/local",
  "/var/log/pods",
  "/root",
  "/home",
  // Programs of the host's own have no place on a node: it has the packages and what the lab gives it.
  "/usr/local/bin",
];

/**
 * Kernel settings that belong to the whole host and that a kubelet changes unless they have these values. Each machine
 * sees a file of its own in their place, so the kubelet is content and the host keeps its settings.
 */
const kubeletSettings: Readonly<Record<string, number>> = {
  "vm/overcommit_memory": 1,
  "vm/panic_on_oom": 0,
  "kernel/panic": 10,
  "kernel/panic_on_oops": 1,
  "kernel/keys/root_maxkeys": 1_000_000,
  "kernel/keys/root_maxbytes": 25_000_000,
};

/** What a machine is to a lab, whether or not it runs. */
export interface MachinePlan {
  readonly name: MachineName;
  readonly cgroups: CgroupLayout;
  /** Directories that are mounts of their own, beside those that every machine has. Default: none. */
  readonly mounts?: readonly string[];
}

/** What a machine is started with. */
export interface MachineParts {
  /** Program name to its path on the host. */
  readonly tools: Readonly<Record<string, string>>;
  /** Path of the reaper on the host. */
  readonly reaper: string;
}

/**
 * A simulated machine: namespaces of its own (mount, host name, IPC, network, processes, cgroups) over an overlay of the
 * host's root. Killing its first process ends everything that runs in it, and its network and mounts with it.
 */
export class Machine {
  readonly name: MachineName;
  readonly directory: MachineDirectory;
  readonly #lab: LabDirectory;
  readonly #cgroups: CgroupLayout;
  readonly #dataDirectories: readonly string[];
  #first: ProcessIdentity | undefined;

  constructor(lab: LabDirectory, plan: MachinePlan, first?: ProcessIdentity) {
    this.name = plan.name;
    this.directory = lab.machine(plan.name);
    this.#lab = lab;
    this.#cgroups = plan.cgroups;
    this.#dataDirectories = [...dataDirectories, ...(plan.mounts ?? [])];
    this.#first = first;
  }

  /** The machine's first process, seen from the host. Throws UserError when the machine does not run. */
  get firstProcess(): ProcessIdentity {
    if (this.#first === undefined) {
      throw new UserError(`The machine ${this.name} of lab ${this.#lab.name} does not run.`);
    }
    return this.#first;
  }

  get isRunning(): boolean {
    return this.#first !== undefined;
  }

  /** Version of the cgroups that its containerd and kubelet see. */
  get cgroupVersion(): 1 | 2 {
    return this.#cgroups.version;
  }

  get cgroup(): string {
    return join(labCgroup(this.#lab.name), this.name);
  }

  /** Host path of one of the machine's real directories. Throws when the path is on the overlay. */
  hostPath(absolutePath: string): string {
    if (!this.#isReal(absolutePath)) {
      throw new Error(
        `${absolutePath} of ${this.name} is not below one of ${this.#dataDirectories.join(", ")}`,
      );
    }
    return join(this.directory.data, absolutePath);
  }

  #isReal(path: string): boolean {
    return this.#dataDirectories.some((known) => path === known || path.startsWith(`${known}/`));
  }

  /** Path on the host at which a running machine's own path can be used. */
  pathFromHost(absolutePath: string): string {
    return join(`/proc/${this.firstProcess.pid}/root`, absolutePath);
  }

  /** Puts a file on the machine's disk; for files outside its real directories only before it starts. */
  async writeFile(absolutePath: string, content: string, mode = 0o644): Promise<void> {
    const disk = this.#isReal(absolutePath) ? this.directory.data : this.directory.upper;
    await writeTree(join(disk, absolutePath), content, mode);
  }

  /** Starts the machine's first process. Its network has only a loopback interface yet. */
  async start(parts: MachineParts): Promise<void> {
    await makeMachineCgroups(this.#cgroups, this.#lab.name, this.name);
    await this.#describe(parts);
    const log = await open(this.directory.log("init"), "a", 0o600);
    const argv = [this.directory.path, this.name, join(__dirname, "machineInit.sh")];
    const child = execa("sh", [join(__dirname, "machineStart.sh"), ...argv], {
      detached: true,
      cleanup: false,
      stdio: ["ignore", log.fd, log.fd],
      cwd: "/",
      extendEnv: false,
      env: plainEnvironment,
    });
    child.catch(() => undefined);
    child.unref();
    await log.close();
    this.#first = await this.#awaitReaper(child.pid ?? 0);
    await delegateToMachine(this.#cgroups, this.#lab.name, this.name);
  }

  async #describe(parts: MachineParts): Promise<void> {
    const { path, logs } = this.directory;
    await mkdir(logs, { recursive: true, mode: 0o700 });
    const cgroups = this.#cgroups.hierarchies.map((hierarchy) => {
      const { root, daemons, mountedAt } = machineCgroup(this.#cgroups, hierarchy, this.#lab.name, this.name);
      return [root, daemons, mountedAt, hierarchy.type, hierarchy.options].join("\t");
    });
    const cpuinfo = cpuinfoForKubelet(process.arch, await readFile("/proc/cpuinfo", "utf8"));
    const tools = Object.entries(parts.tools).map(([name, source]) => `${source}\t${name}`);
    await Promise.all([
      writeTree(join(path, "cgroups"), lines(cgroups)),
      writeTree(join(path, "tools"), lines(tools)),
      writeTree(join(path, "data.list"), lines(this.#dataDirectories)),
      writeTree(join(path, "hide.list"), lines([this.#lab.base])),
      ...Object.entries(kubeletSettings).map(([name, value]) =>
        writeTree(join(path, "sys", name), `${value}\n`),
      ),
      writeTree(join(path, "sys.list"), lines(Object.keys(kubeletSettings))),
      cpuinfo === undefined ? undefined : writeTree(join(path, "cpuinfo"), cpuinfo),
      copyFile(parts.reaper, join(path, "reaper")),
    ]);
  }

  /** The first process is ready when the shell that built the machine has become the reaper. */
  async #awaitReaper(outer: number): Promise<ProcessIdentity> {
    const what = `the machine ${this.name} to start`;
    const remedy = `Read ${this.directory.log("init")}`;
    return waitFor({ what, timeoutSeconds: 20, intervalMilliseconds: 25, remedy }, async () => {
      const [inner] = await childrenOf(outer);
      if (inner === undefined && (await identify(outer)) === undefined) {
        const log = await readFile(this.directory.log("init"), "utf8").catch(() => "");
        throw new Error(`it ended: ${log.trim().split("\n").slice(-3).join(" / ")}`);
      }
      const ready = inner !== undefined && (await programName(inner)) === "lab-reaper";
      return ready ? identify(inner) : undefined;
    });
  }

  /** Runs a program inside the machine, with a plain environment. */
  run(argv: readonly string[], options: RunOptions = {}): execa.ExecaChildProcess {
    const enter = [join(__dirname, "machineEnter.sh"), this.directory.path, String(this.firstProcess.pid)];
    return execa("sh", [...enter, ...argv], {
      ...options,
      extendEnv: false,
      env: { ...plainEnvironment, ...options.env },
    });
  }

  /** Runs a program of the host in the machine's network alone. */
  inNetwork(argv: readonly string[], options: RunOptions = {}): execa.ExecaChildProcess {
    return execa("nsenter", [`--net=/proc/${this.firstProcess.pid}/ns/net`, "--", ...argv], options);
  }

  /** Starts a daemon inside the machine; it lives until the machine ends and logs to `log/<name>.log`. */
  async daemon(name: string, argv: readonly string[]): Promise<void> {
    const log = await open(this.directory.log(name), "a", 0o600);
    try {
      await this.run(["setsid", "--fork", ...argv], { stdio: ["ignore", log.fd, log.fd] });
    } finally {
      await log.close();
    }
  }

  /** Processes of the machine, as the host numbers them. */
  async processes(): Promise<number[]> {
    const [hierarchy] = this.#cgroups.hierarchies;
    return hierarchy === undefined ? [] : processesBelow(join(hierarchy.mountPoint, this.cgroup));
  }

  /** Ends the machine as a loss of power does, and waits until nothing of it runs. */
  async kill(): Promise<void> {
    await endCgroup(this.#cgroups.hierarchies, this.cgroup);
    this.#first = undefined;
  }
}

/** Environment inside a machine: nothing of the caller's. */
const plainEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
} as const;

function lines(items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join("");
}
