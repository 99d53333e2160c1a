import { accessSync, constants, existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { UserError } from "../components/errors";
import { partSecrets, setSecrets } from "./stackSecrets";

/** Which stack, and where its program, its settings and its state are. */
export interface StackOptions {
  /** Name of the stack, e.g. "restore-uc1-20261122". */
  readonly stack: string;
  /** Directory of the program with its Pulumi.yaml. Default: this package. */
  readonly project?: string;
  /**
   * Directory where the stack's settings (`Pulumi.<stack>.yaml`) are kept between runs; made when absent. Default: a
   * temporary one, so that nothing is written into the program's work tree. Needed when `secretsProvider` is a cloud
   * key, because the settings then hold the stack's wrapped data key.
   */
  readonly settingsDirectory?: string;
  /** How the state's secrets are encrypted, e.g. "gcpkms://…". Default: by the passphrase in the environment. */
  readonly secretsProvider?: string;
  /** Laid over the process's environment: PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE_FILE, PATH, … */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Values of the program's configuration by key, without the project's name. */
export type StackSettings = Readonly<Record<string, unknown>>;

/**
 * Opens a stack, hands it to `work`, and removes what it needed for itself.
 *
 * @param settings the program's whole configuration: a key that is absent here is unset. With it the stack is made
 *   when it does not exist; undefined is for commands that need none, and then a missing stack is an error.
 */
export async function withStack<T>(
  options: StackOptions,
  settings: StackSettings | undefined,
  work: (stack: Stack) => Promise<T>,
): Promise<T> {
  // Plugins leave copies of kubeconfigs in the temporary directory: they get one of their own, which is removed.
  const scratch = await mkdtemp(join(tmpdir(), "etcd-recovery-stack-"));
  const directory = options.settingsDirectory ?? join(scratch, "settings");
  const TMPDIR = join(scratch, "tmp");
  try {
    await Promise.all([directory, TMPDIR].map((path) => mkdir(path, { recursive: true, mode: 0o700 })));
    const project = await writeProject(resolve(options.project ?? join(__dirname, "..")), directory);
    const pulumiCommand = await findPulumi(options.environment?.PATH);
    const workspace = await LocalWorkspace.create({
      workDir: directory,
      envVars: { ETCD_RECOVERY_HOME: stepHome(), TMPDIR, ...options.environment },
      pulumiCommand,
      ...(options.secretsProvider === undefined ? {} : { secretsProvider: options.secretsProvider }),
    });
    if (settings === undefined) return await work(await Stack.select(options.stack, workspace));
    const { plain, secrets } = partSecrets(settings);
    await writeSettings(directory, project, options.stack, plain);
    const stack = await Stack.createOrSelect(options.stack, workspace);
    await setSecrets({ stack, pulumi: pulumiCommand.command }, secrets);
    return await work(stack);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Where steps find their program (components/steps/launcher.ts): they run in the settings' directory, from which no
 * node_modules is in sight. The package lies around `dist`, a checkout around this room.
 */
function stepHome(): string {
  const [built, checkout] = [join(__dirname, "..", ".."), join(__dirname, "..")];
  return process.env.ETCD_RECOVERY_HOME || (existsSync(join(checkout, "bin")) ? checkout : built);
}

/**
 * A Pulumi.yaml that names the program by its absolute path: Pulumi keeps a stack's settings beside the Pulumi.yaml
 * that it is run from. Returns the project's name.
 */
async function writeProject(project: string, directory: string): Promise<string> {
  const text = await readFile(join(project, "Pulumi.yaml"), "utf8").catch(() => {
    throw new UserError(
      `${project} holds no Pulumi.yaml.`,
      "Name the directory of the etcd-recovery program.",
    );
  });
  const { stackConfigDir: _, ...settings } = parse(text) as {
    name: string;
    main?: string;
    stackConfigDir?: string;
  };
  const main = resolve(project, settings.main ?? ".");
  await writeFile(join(directory, "Pulumi.yaml"), stringify({ ...settings, main }), { mode: 0o600 });
  return settings.name;
}

/**
 * Written as a file and not by `pulumi config set`: that would take "20261122" for a number. What Pulumi itself
 * keeps there, and the settings of other namespaces, stay.
 */
async function writeSettings(
  directory: string,
  project: string,
  stack: string,
  settings: StackSettings,
): Promise<void> {
  const path = join(directory, `Pulumi.${stack.split("/").at(-1)}.yaml`);
  const text = await readFile(path, "utf8").catch(() => "");
  const found = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const others = Object.entries(found.config ?? {}).filter(([key]) => !key.startsWith(`${project}:`));
  const own = Object.entries(settings).map(([key, value]) => [`${project}:${key}`, value]);
  const config = Object.fromEntries([...others, ...own]);
  await writeFile(path, stringify({ ...found, config }), { mode: 0o600 });
}

/** The Automation API looks for `pulumi` on the process's own PATH only, so another PATH is searched here. */
async function findPulumi(path: string | undefined): Promise<PulumiCommand> {
  const found = (path ?? "")
    .split(delimiter)
    .map((directory) => join(directory, "pulumi"))
    .find((file) => basename(dirname(file)) === "bin" && isExecutable(file));
  try {
    return await PulumiCommand.get(found === undefined ? {} : { root: dirname(dirname(found)) });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const reason = /\bENOENT\b/.test(said) ? "it is not on PATH" : said.split("\n")[0];
    throw new UserError(`The pulumi command cannot be used: ${reason}.`, "Install Pulumi 3.200 or newer.");
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
