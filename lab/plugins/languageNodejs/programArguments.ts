import { createRequire } from "node:module";
import { join } from "node:path";

/** Settings of the program's `runtime.options` that this host honours. */
export interface RuntimeOptions {
  /** Default true. */
  readonly typescript?: boolean;
  /** Path of a tsconfig.json, relative to the project. */
  readonly tsconfig?: string;
  /** Arguments of node itself, separated by spaces. */
  readonly nodeargs?: string;
}

/** What the engine asks to run. */
export interface ProgramRun {
  readonly monitor: string;
  readonly engine: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly rootDirectory: string;
  readonly programDirectory: string;
  /** Working directory of the program. */
  readonly pwd: string;
  readonly entryPoint: string;
  readonly parallel: number;
  readonly dryRun: boolean;
  readonly args: readonly string[];
  readonly config: Readonly<Record<string, string>>;
  readonly configSecretKeys: readonly string[];
  readonly options: RuntimeOptions;
}

/** Arguments of node: the SDK's runner of the program's own node_modules, its flags, the program and its arguments. */
export function nodeArguments(run: ProgramRun, runner: string): string[] {
  const flags: readonly (readonly [string, string])[] = [
    ["monitor", run.monitor],
    ["engine", run.engine],
    ["organization", run.organization],
    ["project", run.project],
    ["root-directory", run.rootDirectory],
    ["stack", run.stack],
    ["pwd", run.pwd],
    ["parallel", String(run.parallel)],
  ];
  return [
    ...(run.options.nodeargs?.split(" ").filter((argument) => argument !== "") ?? []),
    runner,
    ...flags.filter(([, value]) => value !== "").flatMap(([name, value]) => [`--${name}`, value]),
    ...(run.dryRun ? ["--dry-run"] : []),
    run.entryPoint === "" ? "." : run.entryPoint,
    ...run.args,
  ];
}

/** Environment of the program: the host's own, and the stack's configuration as the SDK reads it. */
export function programEnvironment(run: ProgramRun, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const tsconfig = run.options.tsconfig;
  return {
    ...env,
    PULUMI_CONFIG: JSON.stringify(run.config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.configSecretKeys),
    ...(run.options.typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: join(run.rootDirectory, tsconfig) }),
  };
}

/** The SDK's runner as the program would import it. Throws the official host's sentence when there is none. */
export function findRunner(programDirectory: string, runner: "run" | "run-plugin" = "run"): string {
  try {
    return createRequire(join(programDirectory, "noop.js")).resolve(`@pulumi/pulumi/cmd/${runner}`);
  } catch {
    throw new Error(
      "It looks like the Pulumi SDK has not been installed. Have you run npm install or yarn install?",
    );
  }
}
