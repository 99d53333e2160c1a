import { appendFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import execa from "execa";
import { writeProgramProject } from "../../programProject";
import type { Scene } from "../scene";

const root = resolve(__dirname, "../../..");

/** Stacks of the program, as a person drives them: by the `pulumi` command alone. */
export class BackupStacks {
  private constructor(
    private readonly scene: Scene,
    private readonly directory: string,
  ) {}

  static async open(scene: Scene): Promise<BackupStacks> {
    const directory = join(join(scene.directory, "tmp"), "stacks");
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeProgramProject(directory);
    return new BackupStacks(scene, directory);
  }

  /** A new stack, selected. */
  async init(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const { lab } = this.scene;
    const { name: cluster, members, kubeconfig } = lab.userCluster();
    const common = {
      ...{ cluster, members: `${members}` },
      ...{ adminKubeconfig: lab.adminKubeconfig, userKubeconfig: kubeconfig },
    };
    await this.done({}, "stack", "init", name);
    const all = Object.entries({ ...common, ...settings });
    const pairs = all.flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
    await this.done({}, "config", "set-all", "--path", ...pairs);
  }

  /** @returns what it printed, and whether it succeeded */
  async run(environment: Readonly<Record<string, string>>, ...argv: string[]) {
    this.scene.account.say(`pulumi ${argv.slice(0, 2).join(" ")}`);
    const { exitCode, all = "" } = await execa("pulumi", [...argv, "--non-interactive", "--color=never"], {
      cwd: this.directory,
      env: { ...this.scene.environment, ...environment },
      all: true,
      reject: false,
    });
    appendFileSync(join(this.scene.directory, "pulumi-backup.log"), all, { mode: 0o600 });
    return { isDone: exitCode === 0, all };
  }

  async done(environment: Readonly<Record<string, string>>, ...argv: string[]): Promise<string> {
    const { isDone, all } = await this.run(environment, ...argv);
    if (!isDone) throw new Error(`pulumi ${argv[0]} failed:\n${all.slice(-3000)}`);
    return all;
  }

  /** Runs `etcd-recovery …`. */
  command(environment: Readonly<Record<string, string>>, ...argv: string[]) {
    const cli = [...process.execArgv, join(root, "automation", "cli.ts"), ...argv];
    const env = { ...this.scene.environment, ...environment };
    return execa(process.execPath, cli, { cwd: this.directory, env, reject: false });
  }
}
