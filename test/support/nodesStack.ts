import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import type { Lab } from "../../lab/lab";
import { machineAddresses } from "../../lab/machines/networkPlan";
import { StartedProcesses } from "./faults/startedProcesses";
import type { PulumiRun } from "./labStack";

const root = resolve(__dirname, "..", "..");

/** Stacks of the program that restore the lab's admin control plane through the jump host, driven by `pulumi` alone. */
export class NodesStacks {
  private readonly processes = new StartedProcesses();

  private constructor(
    readonly lab: Lab,
    readonly directory: string,
    private readonly environment: Record<string, string>,
  ) {}

  static async open(lab: Lab): Promise<NodesStacks> {
    const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-nodes-"));
    const project = parse(await readFile(join(root, "Pulumi.yaml"), "utf8"));
    await writeFile(join(directory, "Pulumi.yaml"), stringify({ ...project, main: join(root, "index.ts") }));
    return new NodesStacks(lab, directory, await lab.env());
  }

  async close(): Promise<void> {
    await this.processes.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  async pulumi(...argv: string[]): Promise<PulumiRun> {
    const { exitCode, all = "" } = await this.start(argv);
    return { exitCode: typeof exitCode === "number" ? exitCode : undefined, screen: all };
  }

  async done(...argv: string[]): Promise<string> {
    const { exitCode, screen } = await this.pulumi(...argv);
    if (exitCode !== 0) throw new Error(`pulumi ${argv.join(" ")} ended with ${exitCode}:\n${screen}`);
    return screen;
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

  /** A new restore stack of the admin cluster, selected. @param hostKeys instead of the machines' own */
  async restoreStack(
    id: string,
    settings: Record<string, string>,
    hostKeys: Partial<Record<"jump" | "admin-cp", string>> = {},
  ): Promise<void> {
    await this.done("stack", "init", id);
    const all = {
      operation: "restore",
      cluster: "admin",
      profile: "gdc-admin",
      "machines[0].name": "admin-cp",
      "machines[0].host": machineAddresses["admin-cp"],
      "machines[0].hostKey": hostKeys["admin-cp"] ?? (await this.hostKey("admin-cp")),
      "ssh.jump.host": machineAddresses.jump,
      "ssh.jump.hostKey": hostKeys.jump ?? (await this.hostKey("jump")),
      "restore.id": id,
      ...settings,
    };
    const plain = Object.entries(all).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
    await this.done("config", "set-all", "--path", ...plain);
    const key = await readFile(join(this.lab.directory, "ssh", "vsphere_tmp"), "utf8");
    const set = ["config", "set", "--secret", "--path", "ssh.privateKey"];
    const { exitCode, all: said } = await this.start(set, key);
    if (exitCode !== 0) throw new Error(`pulumi config set: ${said}`);
  }

  async hostKey(machine: "jump" | "admin-cp"): Promise<string> {
    const text = await readFile(join(this.lab.directory, "ssh", `${machine}.pub`), "utf8");
    return text.split(" ").slice(0, 2).join(" ").trim();
  }

  private start(argv: readonly string[], input = "") {
    const options = {
      ...{ cwd: this.directory, env: this.environment, all: true, reject: false, input },
    } as const;
    return this.processes.start("pulumi", [...argv, "--non-interactive", "--color=never"], options);
  }
}
