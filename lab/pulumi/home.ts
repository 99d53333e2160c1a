import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import {
  copyFile,
  link as hardLink,
  lstat,
  mkdir,
  readlink,
  realpath,
  rename,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { temporaryName } from "../files";
import { bundleStandIn } from "../plugins/bundle";
import { cacheDirectory } from "../tools/toolCache";
import {
  type PluginName,
  type PluginSource,
  pluginDirectoryName,
  pluginPlaces,
  resolvePlugins,
} from "./plugins";
import { providerNames } from "./pluginVersions";

/** What {@link preparePulumi} needs to know. */
export interface PulumiHomeOptions {
  /** Directory of the home; made when absent, used again when present. It holds the state of stacks. */
  readonly directory: string;
  /** The `pulumi` command. */
  readonly pulumiBinary: string;
  /** Receives a sentence about each plugin that was found and not used. Default: stderr. */
  readonly warn?: (sentence: string) => void;
}

/** A home that is ready. */
export interface PulumiHome {
  /** Environment of every `pulumi` command and Automation API call; to be laid over the process's own. */
  readonly env: Record<string, string>;
  readonly plugins: Record<PluginName, PluginSource["kind"]>;
}

/**
 * Makes a PULUMI_HOME for a network without downloads: official plugins where they are at hand, stand-ins elsewhere;
 * state in files, encrypted by a random passphrase that is kept in the home with mode 0600. Safe to call again.
 */
export async function preparePulumi(options: PulumiHomeOptions): Promise<PulumiHome> {
  const home = resolve(options.directory);
  const layout = { bin: join(home, "bin"), plugins: join(home, "plugins"), state: join(home, "state") };
  await mkdir(home, { recursive: true, mode: 0o700 });
  await Promise.all(
    Object.values(layout).map((directory) => mkdir(directory, { recursive: true, mode: 0o700 })),
  );
  const warn = options.warn ?? ((sentence: string) => process.stderr.write(`${sentence}\n`));
  const sources = await resolvePlugins(pluginPlaces(await realpath(options.pulumiBinary)), warn);
  const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));
  await Promise.all([
    placeBinary(await realpath(options.pulumiBinary), join(layout.bin, "pulumi")),
    link(join(sdk, "pulumi-resource-pulumi-nodejs"), join(layout.bin, "pulumi-resource-pulumi-nodejs")),
    place(sources.nodejs, "nodejs", join(layout.bin, "pulumi-language-nodejs")),
    ...providerNames.map((name) =>
      place(sources[name], name, join(layout.plugins, pluginDirectoryName(name), `pulumi-resource-${name}`)),
    ),
  ]);
  return {
    env: environmentOf(home, layout, await passphraseFile(home)),
    plugins: {
      nodejs: sources.nodejs.kind,
      command: sources.command.kind,
      kubernetes: sources.kubernetes.kind,
    },
  };
}

function environmentOf(
  home: string,
  layout: { readonly bin: string; readonly state: string },
  passphraseFile: string,
): Record<string, string> {
  return {
    PATH: [layout.bin, process.env.PATH].filter(Boolean).join(":"),
    PULUMI_HOME: home,
    // Attributes beside a file are not written at once with it: a kill between leaves a stack that cannot be loaded.
    PULUMI_BACKEND_URL: `file://${layout.state}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  };
}

async function place(source: PluginSource, name: PluginName, path: string): Promise<void> {
  const target =
    source.kind === "official" ? source.path : await bundleStandIn(name, join(cacheDirectory(), "plugins"));
  await mkdir(dirname(path), { recursive: true });
  await link(target, path);
}

/**
 * Gives the home a `pulumi` of its own: the engine looks for the language host beside its executable, symbolic links
 * resolved. A hard link where the file system allows it, else a copy.
 */
async function placeBinary(source: string, path: string): Promise<void> {
  if (await isSameFile(source, path)) {
    return;
  }
  const temporary = temporaryName(path);
  await hardLink(source, temporary).catch(() => copyFile(source, temporary, constants.COPYFILE_FICLONE));
  await rename(temporary, path);
}

async function isSameFile(source: string, path: string): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined || !there.isFile()) {
    return false;
  }
  const wanted = await stat(source);
  // A copy keeps no inode: equal size, and not older than its source, is taken for equal.
  return wanted.ino === there.ino || (wanted.size === there.size && there.mtimeMs >= wanted.mtimeMs);
}

/** Points a link at its target without a moment in which there is none: another update may be starting. */
async function link(target: string, path: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) {
    return;
  }
  const temporary = temporaryName(path);
  await symlink(target, temporary);
  await rename(temporary, path);
}

/** The home's passphrase: made once, and kept as long as the state that it encrypts. */
async function passphraseFile(home: string): Promise<string> {
  const path = join(home, "passphrase");
  try {
    await writeFile(path, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  }
  return path;
}
