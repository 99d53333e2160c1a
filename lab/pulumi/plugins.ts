import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { UserError } from "../../components/errors";
import { exists, isExecutable } from "../files";
import { isStandIn, type StandInName } from "../plugins/bundle";
import { type ProviderName, providerNames, providerVersion } from "./pluginVersions";

export type PluginName = StandInName;

/** Where a plugin comes from. */
export type PluginSource =
  | { readonly kind: "official"; readonly path: string }
  | { readonly kind: "stand-in" };

/** Where the search for official plugins looks. */
export interface PluginPlaces {
  /** Directory of plugins brought in by hand, laid out as `$PULUMI_HOME/plugins`, the language host at its top. */
  readonly directory: string | undefined;
  /** The user's own Pulumi home. */
  readonly userHome: string;
  /** Directories of executables. */
  readonly path: readonly string[];
}

/** The places that the environment names: ETCD_RECOVERY_PLUGINS, then `~/.pulumi`, then PATH and beside `pulumi`. */
export function pluginPlaces(pulumiBinary: string, env: NodeJS.ProcessEnv = process.env): PluginPlaces {
  const path = (env.PATH ?? "").split(delimiter).filter((directory) => directory.startsWith("/"));
  return {
    directory: env.ETCD_RECOVERY_PLUGINS || undefined,
    userHome: join(env.HOME ?? homedir(), ".pulumi"),
    path: [dirname(pulumiBinary), ...path],
  };
}

/**
 * Finds each plugin: the official one of exactly the right version where there is one, else the stand-in. Calls `warn`
 * with a sentence for a plugin of another version in the directory that was named. Throws UserError when that
 * directory does not exist.
 */
export async function resolvePlugins(
  places: PluginPlaces,
  warn: (sentence: string) => void,
): Promise<Record<PluginName, PluginSource>> {
  if (places.directory !== undefined && !(await exists(places.directory))) {
    throw new UserError(
      `ETCD_RECOVERY_PLUGINS names ${places.directory}, which does not exist.`,
      "Name a directory of plugins, or unset it.",
    );
  }
  const [nodejs, command, kubernetes] = await Promise.all([
    findLanguageHost(places),
    findProvider("command", places, warn),
    findProvider("kubernetes", places, warn),
  ]);
  return { nodejs, command, kubernetes };
}

/** Directory of a plugin in a home: `resource-command-v1.2.1`. */
export function pluginDirectoryName(name: ProviderName): string {
  return `resource-${name}-v${providerVersion(name)}`;
}

async function findProvider(
  name: ProviderName,
  places: PluginPlaces,
  warn: (sentence: string) => void,
): Promise<PluginSource> {
  const roots = [places.directory, join(places.userHome, "plugins")].filter((root) => root !== undefined);
  for (const root of roots) {
    const path = join(root, pluginDirectoryName(name), `pulumi-resource-${name}`);
    if (await isOfficial(path)) {
      return { kind: "official", path };
    }
  }
  if (places.directory !== undefined) {
    await warnOfOtherVersions(name, places.directory, warn);
  }
  return { kind: "stand-in" };
}

async function warnOfOtherVersions(
  name: ProviderName,
  directory: string,
  warn: (sentence: string) => void,
): Promise<void> {
  const others = (await readdir(directory)).filter((entry) => entry.startsWith(`resource-${name}-v`));
  for (const other of others) {
    const why =
      other === pluginDirectoryName(name)
        ? `has no executable pulumi-resource-${name}`
        : `is not the version ${providerVersion(name)} that the program needs`;
    warn(`${join(directory, other)} is not used: it ${why}. The stand-in serves instead.`);
  }
}

async function findLanguageHost(places: PluginPlaces): Promise<PluginSource> {
  const roots = [places.directory, join(places.userHome, "bin"), ...places.path].filter(
    (root) => root !== undefined,
  );
  for (const root of roots) {
    const path = join(root, "pulumi-language-nodejs");
    if (await isOfficial(path)) {
      return { kind: "official", path };
    }
  }
  return { kind: "stand-in" };
}

/** The environment of another lab's home may lie on PATH, with its stand-ins. */
async function isOfficial(path: string): Promise<boolean> {
  return (await isExecutable(path)) && !(await isStandIn(path));
}

/** Which plugins an environment would use, for messages: `nodejs stand-in, command official, …`. */
export function describePlugins(plugins: Readonly<Record<PluginName, PluginSource["kind"]>>): string {
  return (["nodejs", ...providerNames] as const).map((name) => `${name} ${plugins[name]}`).join(", ");
}
