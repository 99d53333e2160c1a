import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { removeLab, withLabLock } from "../../../lab/down";
import { exists } from "../../../lab/files";
import { writeImageArchive } from "../../../lab/images/imageArchive";
import { labImages } from "../../../lab/images/labImages";
import { LabDirectory } from "../../../lab/labDirectory";
import { labCgroup } from "../../../lab/machines/cgroupLayout";
import { allHierarchies, findCgroups } from "../../../lab/machines/cgroups";
import { prepareHost } from "../../../lab/machines/hostLimits";
import { Machine } from "../../../lab/machines/machine";
import { networkNamespace, programName } from "../../../lab/machines/processes";
import type { Tools } from "../../../lab/tools/provideTools";
import { waitUntil } from "../../../lab/waiting";

const log = () => undefined;

/** A machine of the lab's kind that has no kubelet, no cluster and no network but loopback: a runtime is all it runs. */
export class BareMachine {
  private constructor(
    private readonly lab: LabDirectory,
    readonly machine: Machine,
    /** Name of its network namespace. */
    private readonly network: string,
  ) {}

  /**
   * @param name of its lab, which nothing else uses
   * @param programs of its `/usr/local/bin`, to their paths on the host
   * @param mounts its directories that are no overlay, beside those of every machine
   */
  static async start(
    name: string,
    tools: Tools,
    programs: Readonly<Record<string, string>>,
    mounts: readonly string[],
  ): Promise<BareMachine> {
    const lab = new LabDirectory(name);
    return withLabLock(lab, log, async () => {
      await removeLab(lab);
      const cgroups = await findCgroups();
      await prepareHost(cgroups, name);
      const machine = new Machine(lab, { name: "cp-a", cgroups, mounts });
      try {
        await machine.start({ tools: programs, reaper: tools.path("reaper") });
        await machine.inNetwork(["ip", "link", "set", "lo", "up"]);
        return new BareMachine(lab, machine, await networkNamespace(machine.firstProcess.pid));
      } catch (error) {
        await removeLab(lab);
        throw error;
      }
    });
  }

  /** Puts one of the lab's images on its disk, as an archive. */
  async putImage(name: string, tools: Tools, path: string): Promise<void> {
    const image = labImages.find((candidate) => candidate.name === name);
    if (image === undefined) throw new TypeError(`the lab has no image ${name}`);
    const archive = this.machine.hostPath(path);
    await mkdir(dirname(archive), { recursive: true });
    await writeImageArchive(image, tools, `${this.lab.path}/image`, archive);
  }

  /** Starts a daemon and waits for its socket. */
  async daemon(name: string, argv: readonly string[], socket: string): Promise<void> {
    await this.machine.daemon(name, argv);
    const remedy = `Read ${this.machine.directory.log(name)}`;
    await waitUntil({ what: `${name} of the machine`, timeoutSeconds: 60, remedy }, () =>
      exists(this.machine.pathFromHost(socket)),
    );
  }

  /** Output of a program that ends well. */
  async run(argv: readonly string[]): Promise<string> {
    return (await this.machine.run(argv)).stdout;
  }

  /** Numbers of its processes of this program, as the host has them. */
  async processesOf(program: string): Promise<number[]> {
    const all = await this.machine.processes();
    const names = await Promise.all(all.map(programName));
    return all.filter((_, n) => names[n] === program);
  }

  /** Ends a daemon as an init system does, and waits until it has ended. */
  async stop(program: string): Promise<void> {
    for (const pid of await this.processesOf(program)) process.kill(pid, "SIGTERM");
    await waitUntil({ what: `the end of ${program}`, timeoutSeconds: 60 }, async () => {
      return (await this.processesOf(program)).length === 0;
    });
  }

  /** Tells the kubelet, had the machine one, of a runtime: as kubeadm does. */
  async tellKubelet(endpoint: string): Promise<void> {
    const flags = `KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=${endpoint} --node-ip=127.0.0.1"\n`;
    await this.machine.writeFile("/var/lib/kubelet/kubeadm-flags.env", flags);
  }

  /** Ends whatever runs in it, and removes it. */
  async end(): Promise<void> {
    await withLabLock(this.lab, log, () => removeLab(this.lab));
  }

  /** What is left of it on the host: cgroups (which none is while it has a process), mounts, directories, its network. */
  async remains(): Promise<readonly string[]> {
    const cgroups = (await allHierarchies()).map(({ mountPoint }) =>
      join(mountPoint, labCgroup(this.lab.name)),
    );
    const mounts = readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .filter((line) => [this.lab.path, this.network].some((name) => line.includes(name)));
    return [...[...cgroups, this.lab.path].filter((path) => existsSync(path)), ...mounts];
  }
}
