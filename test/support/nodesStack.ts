import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { NodesProfileName } from "../../components/profiles/profiles";
import type { Lab, MachineName } from "../../lab/lab";
import { machineSettings } from "../../lab/machineSettings";
import { writeProgramProject } from "../../lab/programProject";
import { SshFaults } from "./faults/sshFaults";
import { StartedProcesses } from "./faults/startedProcesses";
import type { PulumiRun } from "./labStack";
import { UserAgent } from "./userAgentProcess";

const root = resolve(__dirname, "..", "..");

/** What differs between restores of the lab's machines. */
export interface NodesRestoreSettings {
  readonly profile: NodesProfileName;
  /** Path; needed where nothing else is restored. */
  readonly snapshot?: string;
  /** Of an encrypted one. */
  readonly identityFile?: string;
  /** Instead of the snapshot: ids of earlier restores. */
  readonly rollback?: string;
  readonly finalize?: string;
  /** Instead of the snapshot: the bad member. */
  readonly repair?: string;
  /** Default: of a restore "objects were deleted", of a repair none. */
  readonly reason?: string;
  /** `namespace/Kind/name` with `*`; default: the profile's. */
  readonly quarantine?: readonly string[];
  /** Keys come back too: age's secret key, and the backup where it is not the snapshot's own; or those that a restore put aside. */
  readonly pki?: { readonly identity: string; readonly from?: string } | { readonly previous: true };
  /** Instead of the machines' own. */
  readonly hostKeys?: Partial<Record<MachineName, string>>;
  /** Those that are left, where others are gone for good. Default: all. */
  readonly machines?: readonly MachineName[];
  /** The machines' key is in an ssh-agent of the operator's, and nowhere in the stack. */
  readonly byAgent?: boolean;
}

/** Stacks of the program that restore the lab's control plane through the jump host, driven by `pulumi` alone. */
export class NodesStacks {
  /** Between the steps and the machines; none is armed. */
  readonly faults = SshFaults.make();
  private readonly processes = new StartedProcesses();
  private readonly environment: Record<string, string>;
  private agent: UserAgent | undefined;

  private constructor(
    readonly lab: Lab,
    readonly directory: string,
    environment: Record<string, string>,
  ) {
    this.environment = { ...environment, PATH: this.faults.path(environment.PATH ?? process.env.PATH ?? "") };
  }

  static async open(lab: Lab): Promise<NodesStacks> {
    const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-nodes-"));
    await writeProgramProject(directory);
    // what its processes leave in their temporary directory is theirs alone
    return new NodesStacks(lab, directory, { ...(await lab.env()), TMPDIR: directory, XDG_RUNTIME_DIR: "" });
  }

  async close(): Promise<void> {
    await this.processes.close();
    this.agent?.stop();
    this.faults.dispose();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Ends what killed runs have left: plugins, and steps that go on. */
  async endProcesses(): Promise<void> {
    await this.processes.end();
  }

  /** Runs `pulumi`; faults that kill are aimed at it. */
  async pulumi(...argv: string[]): Promise<PulumiRun> {
    const child = this.start(argv);
    if (child.pid !== undefined) this.faults.aim(child.pid);
    const { exitCode, all = "" } = await child;
    return { exitCode: typeof exitCode === "number" ? exitCode : undefined, screen: all };
  }

  async done(...argv: string[]): Promise<string> {
    const { exitCode, screen } = await this.pulumi(...argv);
    if (exitCode !== 0) throw new Error(`pulumi ${argv.join(" ")} ended with ${exitCode}:\n${screen}`);
    return screen;
  }

  /** Runs `etcd-recovery` where the machines can be reached. */
  async command(...argv: string[]): Promise<PulumiRun> {
    const words = ["node", join(root, "bin", "etcd-recovery.js"), ...argv];
    const { exitCode, all = "" } = await this.lab.run(words, { all: true, reject: false });
    return { exitCode: typeof exitCode === "number" ? exitCode : undefined, screen: all };
  }

  /** Runs `pulumi up`, and kills it with everything that it has started as soon as its screen shows this. */
  async killedAt(seen: RegExp): Promise<string> {
    const child = this.start(["up", "--yes", "--skip-preview"]);
    let screen = "";
    await new Promise<void>((done, failed) => {
      child.all?.on("data", (chunk: Buffer) => {
        screen += chunk.toString();
        if (seen.test(screen)) done();
      });
      void child.then(() => failed(new Error(`pulumi up ended before ${seen}:\n${screen}`)));
    });
    await this.processes.end();
    await this.done("cancel", "--yes");
    return screen;
  }

  /** A new restore stack of the lab's machines, selected. */
  async restoreStack(id: string, settings: NodesRestoreSettings): Promise<void> {
    const { profile, snapshot = "", rollback, finalize, repair, quarantine = [] } = settings;
    const { pki, hostKeys, machines, byAgent, identityFile } = settings;
    const kind = Object.entries({ rollback, finalize, repair }).find(([, value]) => value !== undefined);
    const { reason = repair === undefined ? "objects were deleted" : undefined } = settings;
    const config = {
      ...(await machineSettings(this.lab, profile, hostKeys, machines)),
      ...{ operation: "restore", "restore.id": id },
      [`restore.${kind?.[0] ?? "snapshot"}`]: kind?.[1] ?? snapshot,
      ...(reason === undefined ? {} : { "restore.reason": reason }),
      ...Object.fromEntries(quarantine.map((wish, n) => [`restore.quarantine[${n}]`, wish])),
      ...Object.fromEntries(
        Object.entries(pki ?? {}).flatMap(([key, value]) =>
          key === "identity" ? [] : [[`restore.pki.${key}`, String(value)]],
        ),
      ),
      ...(identityFile === undefined ? {} : { "restore.identityFile": identityFile }),
    };
    await this.newStack(id, config, byAgent);
    if (pki !== undefined && "identity" in pki) await this.setSecret("restore.pki.identity", pki.identity);
  }

  /** Takes a backup in a stack of its own. @returns the stack's outputs, and what the run said */
  async backup(profile: NodesProfileName, recipient: string) {
    const directory = join(this.directory, "backups");
    await this.newStack("backups", {
      ...(await machineSettings(this.lab, profile)),
      ...{ operation: "backup", "backup.generation": "1", "backup.directory": directory },
      "backup.recipients[0]": recipient,
    });
    const screen = await this.done("up", "--yes", "--skip-preview");
    const outputs: unknown = JSON.parse(await this.done("stack", "output", "--json"));
    return { directory, screen, ...(outputs as { snapshot: string; manifest: string; revision: string }) };
  }

  private async newStack(
    name: string,
    all: Readonly<Record<string, string>>,
    byAgent = false,
  ): Promise<void> {
    await this.done("stack", "init", name);
    const whole = byAgent ? { ...all, "ssh.agent": "true" } : all;
    const plain = Object.entries(whole).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
    await this.done("config", "set-all", "--path", ...plain);
    const privateKey = await readFile((await this.lab.controlPlane()).privateKey, "utf8");
    if (byAgent) await this.handToAgent(privateKey);
    else await this.setSecret("ssh.privateKey", privateKey);
  }

  private async handToAgent(privateKey: string): Promise<void> {
    if (this.agent !== undefined) return;
    this.agent = await UserAgent.start(this.directory);
    this.agent.add(privateKey);
    this.environment.SSH_AUTH_SOCK = this.agent.socket;
  }

  private async setSecret(key: string, text: string): Promise<void> {
    const { exitCode, all: said } = await this.start(["config", "set", "--secret", "--path", key], text);
    if (exitCode !== 0) throw new Error(`pulumi config set: ${said}`);
  }

  private start(argv: readonly string[], input = "") {
    const options = {
      ...{ cwd: this.directory, env: this.environment, all: true, reject: false, input },
    } as const;
    return this.processes.start("pulumi", [...argv, "--non-interactive", "--color=never"], options);
  }
}
