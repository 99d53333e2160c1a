import { appendFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import type { NodesProfileName } from "../../../components/profiles/profiles";
import type { MachineName } from "../../lab";
import { machineSettings } from "../../machineSettings";
import { writeProgramProject } from "../../programProject";
import type { Scene } from "../scene";

/** Configuration of a stack: keys as `pulumi config set --path` takes them. */
export type StackConfig = Readonly<Record<string, string>>;

/** What a stack is made with beside its configuration. */
export interface CreateOptions {
  /** In the place of a machine's own. */
  readonly hostKeys?: Partial<Record<MachineName, string>>;
  /** Values of secret configuration keys. */
  readonly secrets?: StackConfig;
}

/** How one `pulumi` command ended. */
export interface PulumiRun {
  readonly exitCode: number;
  /** Standard output and error as a person sees them. */
  readonly screen: string;
  readonly seconds: number;
}

/** What one run is given. */
export interface RunOptions {
  readonly input?: string;
  /** Hears the name of each resource that has been made. */
  readonly onStep?: (name: string) => void;
}

/**
 * Stacks of a control plane on machines, driven by nothing but the `pulumi` command, as an operator does. The private
 * key reaches their settings by standard input, and lies there encrypted.
 */
export class MachineStacks {
  readonly #scene: Scene;
  readonly #profile: NodesProfileName;
  readonly #directory: string;

  private constructor(scene: Scene, profile: NodesProfileName, directory: string) {
    this.#scene = scene;
    this.#profile = profile;
    this.#directory = directory;
  }

  static async open(scene: Scene, profile: NodesProfileName): Promise<MachineStacks> {
    const directory = await mkdtemp(join(tmpdir(), "stacks-"));
    await writeProgramProject(directory);
    const stacks = new MachineStacks(scene, profile, directory);
    await mkdir(stacks.temporaryDirectory, { mode: 0o700 });
    return stacks;
  }

  /** Where `pulumi` and everything that it starts keep what is temporary. */
  get temporaryDirectory(): string {
    return join(this.#directory, "tmp");
  }

  /**
   * Makes a stack of these machines and selects it.
   *
   * @param secrets reach their settings by standard input
   */
  async create(
    stack: string,
    config: StackConfig,
    { hostKeys = {}, secrets = {} }: CreateOptions = {},
  ): Promise<void> {
    await this.must(["stack", "init", stack]);
    const named = { ...(await machineSettings(this.#scene.lab, this.#profile, hostKeys)), ...config };
    const plain = Object.entries(named).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
    await this.must(["config", "set-all", "--path", ...plain]);
    const { privateKey } = await this.#scene.lab.controlPlane();
    const all = { ...secrets, "ssh.privateKey": await readFile(privateKey, "utf8") };
    for (const [key, input] of Object.entries(all))
      await this.must(["config", "set", "--secret", "--path", key], { input });
  }

  /** An output of the selected stack. */
  async output(name: string): Promise<unknown> {
    const { screen } = await this.must(["stack", "output", name, "--json"]);
    return JSON.parse(screen);
  }

  /** Ends the selected stack, of which the restore is over. */
  async remove(stack: string): Promise<void> {
    await this.must(["destroy", "--yes", "--skip-preview"]);
    await this.must(["stack", "rm", "--yes", stack]);
  }

  /** Runs `pulumi` on the selected stack. Rejects with its screen when it fails. */
  async must(argv: readonly string[], options: RunOptions = {}): Promise<PulumiRun> {
    const run = await this.run(argv, options);
    if (run.exitCode !== 0)
      throw new Error(`pulumi ${argv[0]} ended with ${run.exitCode}:\n${run.screen.trimEnd()}`);
    return run;
  }

  /** Runs `pulumi` on the selected stack. */
  async run(argv: readonly string[], { input = "", onStep }: RunOptions = {}): Promise<PulumiRun> {
    const startedAt = performance.now();
    const env = {
      ...this.#scene.environment,
      TMPDIR: this.temporaryDirectory,
      // Sockets of connections then lie in the temporary directory too.
      XDG_RUNTIME_DIR: "",
    };
    const child = execa("pulumi", [...argv, "--non-interactive", "--color=never"], {
      ...{ cwd: this.#directory, env, all: true, reject: false, input },
    });
    const log = join(this.#scene.directory, "pulumi.log");
    let rest = "";
    child.all?.on("data", (chunk: Buffer) => {
      appendFileSync(log, chunk, { mode: 0o600 });
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const step = madeResource(line);
        if (step !== undefined) onStep?.(step);
      }
    });
    const { exitCode, all = "" } = await child;
    return { exitCode: exitCode ?? 1, screen: all, seconds: (performance.now() - startedAt) / 1000 };
  }
}

/** Name of the resource that a line of `pulumi up` says to have been made; components do nothing themselves. */
export function madeResource(line: string): string | undefined {
  return /\scommand:\S+:\S+ (\S+) created\b/.exec(line)?.[1];
}
