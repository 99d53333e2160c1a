import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type EngineEvent,
  LocalWorkspace,
  PulumiCommand,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation";
import { type PulumiHome, preparePulumi } from "../../lab/pulumi/home";
import { provideTools } from "../../lab/tools/provideTools";

/** A Pulumi home in a directory of its own, with the plugins that the machine has; removed by `remove`. */
export class TestHome {
  private constructor(
    readonly directory: string,
    readonly home: PulumiHome,
    private readonly command: PulumiCommand,
  ) {}

  static async open(): Promise<TestHome> {
    const tools = await provideTools({ only: ["pulumi"] });
    const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-engine-"));
    const home = await preparePulumi({
      directory: join(directory, "home"),
      pulumiBinary: tools.path("pulumi"),
    });
    return new TestHome(directory, home, await PulumiCommand.get({ root: join(directory, "home") }));
  }

  /** A path in the test's directory. */
  path(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }

  /** The environment of a `pulumi` command. */
  get env(): Record<string, string> {
    return this.home.env;
  }

  /** A stack whose program is a function; the same name gives the same stack. */
  async stack(name: string, program: PulumiFn): Promise<Stack> {
    const options = { workDir: this.directory, envVars: this.home.env, pulumiCommand: this.command };
    return await LocalWorkspace.createOrSelectStack(
      { stackName: name, projectName: "plugins", program },
      options,
    );
  }

  /** A stack of the project in a directory, run by the language host. */
  async projectStack(name: string, workDir: string): Promise<Stack> {
    const options = { workDir, envVars: this.home.env, pulumiCommand: this.command };
    return await LocalWorkspace.createOrSelectStack({ stackName: name, workDir }, options);
  }

  /** The file in which the backend keeps a stack's state. */
  async stateFile(stack: string): Promise<string> {
    return await readFile(
      this.path("home", "state", ".pulumi", "stacks", "plugins", `${stack}.json`),
      "utf8",
    );
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Collects what the engine does to each resource, and what it says. */
export class EngineRecord {
  readonly #operations: string[] = [];
  readonly #messages: string[] = [];

  readonly onEvent = (event: EngineEvent): void => {
    const done = event.resOutputsEvent?.metadata;
    if (done !== undefined && !done.type.startsWith("pulumi:")) {
      this.#operations.push(`${done.op} ${done.urn.split("::").at(-1)}`);
    }
    if (event.diagnosticEvent !== undefined && `${event.diagnosticEvent.severity}` !== "debug") {
      this.#messages.push(event.diagnosticEvent.message.replace(/<\{%[^%]*%\}>/g, ""));
    }
  };

  /** Finished operations, in order: `create a`, `replace b`, … Those that changed nothing are left out. */
  get changes(): string[] {
    return this.#operations.filter((operation) => !/^(same|refresh) /.test(operation));
  }

  /** All that was logged, ephemeral lines included. */
  get text(): string {
    return this.#messages.join("\n");
  }
}

/** Lines that commands of a test appended to a file; none when there is no file. */
export async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}
