import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageNames } from "../../lab/images/labImages";
import type { Lab, UserCluster } from "../../lab/lab";
import { writeProgramProject } from "../../lab/programProject";
import { FaultProxy } from "./faults/faults";
import { StartedProcesses } from "./faults/startedProcesses";

/** How a `pulumi` command ended. */
export interface PulumiRun {
  /** undefined when it was killed. */
  readonly exitCode: number | undefined;
  /** Standard output and error as a person sees them. */
  readonly screen: string;
}

/**
 * Stacks of the program against a lab, driven by nothing but the `pulumi` command, with faults between the steps and
 * the admin cluster's API server. Stack settings lie outside the work tree.
 */
export class LabStacks {
  private readonly processes = new StartedProcesses();

  private constructor(
    readonly lab: Lab,
    readonly cluster: UserCluster,
    readonly faults: FaultProxy,
    readonly directory: string,
    private readonly environment: Record<string, string>,
  ) {}

  /** @param cluster name of the user cluster; default, the lab's first. @param extra environment of every step */
  static async open(lab: Lab, cluster?: string, extra: Record<string, string> = {}): Promise<LabStacks> {
    const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-stacks-"));
    await writeProgramProject(directory);
    // Every proxy is another server to kubectl, which remembers each one's kinds in the home directory.
    const remembered = { KUBECACHEDIR: join(directory, "kubectl-cache") };
    const environment = { ...(await lab.env()), ...remembered, ...extra };
    return new LabStacks(lab, lab.userCluster(cluster), await FaultProxy.start(lab), directory, environment);
  }

  /** Ends every process that `pulumi` has left, and the faults. */
  async close(): Promise<void> {
    try {
      await this.processes.close();
    } finally {
      await rm(this.directory, { recursive: true, force: true });
      await this.faults.dispose();
    }
  }

  /** Ends what killed runs have left: plugins, and steps that go on. */
  async endProcesses(): Promise<void> {
    await this.processes.end();
  }

  /** Runs `pulumi`; faults that kill are aimed at it. */
  async pulumi(...argv: string[]): Promise<PulumiRun> {
    const options = { cwd: this.directory, env: this.environment, all: true, reject: false } as const;
    const child = this.processes.start("pulumi", [...argv, "--non-interactive", "--color=never"], options);
    if (child.pid !== undefined) this.faults.aim(child.pid);
    const { exitCode, all = "" } = await child;
    return { exitCode: typeof exitCode === "number" ? exitCode : undefined, screen: all };
  }

  /** Runs `pulumi` and expects success. */
  async done(...argv: string[]): Promise<string> {
    const { exitCode, screen } = await this.pulumi(...argv);
    if (exitCode !== 0) throw new Error(`pulumi ${argv.join(" ")} ended with ${exitCode}:\n${screen}`);
    return screen;
  }

  /** A new restore stack, selected. */
  async restoreStack(id: string, settings: Record<string, string>): Promise<void> {
    await this.stack(`restore-${this.cluster.name}-${id}`, {
      operation: "restore",
      utilityImage: imageNames.etcdUtil,
      "restore.id": id,
      ...settings,
    });
  }

  /** Takes a backup with a stack of its own. @returns the snapshot's path */
  async backup(): Promise<string> {
    await this.stack(`backup-${this.cluster.name}`, {
      operation: "backup",
      "backup.generation": "1",
      "backup.directory": join(this.directory, "store"),
    });
    await this.done("up", "--yes", "--skip-preview");
    return (await this.done("stack", "output", "snapshot")).trim();
  }

  /** A new backup stack with nothing but schedules, selected. */
  async scheduleStack(settings: Record<string, string>): Promise<void> {
    await this.stack(`schedules-${this.cluster.name}`, { operation: "backup", ...settings });
  }

  private async stack(name: string, settings: Record<string, string>): Promise<void> {
    await this.done("stack", "init", name);
    const { name: cluster, members, kubeconfig } = this.cluster;
    const all = Object.entries({
      cluster,
      adminKubeconfig: this.faults.kubeconfig,
      userKubeconfig: kubeconfig,
      members: String(members),
      ...settings,
    });
    await this.done(
      "config",
      "set-all",
      "--path",
      ...all.flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]),
    );
  }
}
