import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A package among a program's dependencies. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Name of the provider plugin that it needs; undefined for an ordinary package. */
  readonly plugin: string | undefined;
  readonly pluginServer: string;
}

interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

/** Packages that the program's package.json names and that are installed, as the nearest node_modules has them. */
export async function directDependencies(programDirectory: string): Promise<InstalledPackage[]> {
  const root = await nearestPackage(programDirectory);
  if (root === undefined) {
    return [];
  }
  const names = Object.keys({ ...root.json.dependencies, ...root.json.devDependencies });
  return await installed(names.map((name) => join(root.directory, "node_modules", name)));
}

/** Packages that a directory's package.json names and that Node does not find from there. */
export async function missingDependencies(directory: string): Promise<string[]> {
  const names = Object.keys((await readPackage(directory))?.dependencies ?? {});
  const places = createRequire(join(directory, "noop.js")).resolve.paths("x") ?? [];
  const found = await Promise.all(
    names.map(async (name) =>
      (await installed(places.map((place) => join(place, name)))).some((one) => one.name === name),
    ),
  );
  return names.filter((_, index) => !found[index]);
}

/** Packages under `@pulumi` that bring a provider plugin, wherever the program's node_modules has them. */
export async function pluginPackages(programDirectory: string): Promise<InstalledPackage[]> {
  const root = await nearestPackage(programDirectory);
  if (root === undefined) {
    return [];
  }
  const scope = join(root.directory, "node_modules", "@pulumi");
  const names = await readdir(scope).catch(() => []);
  const all = await installed(names.map((name) => join(scope, name)));
  return all.filter((candidate) => candidate.plugin !== undefined);
}

async function installed(directories: readonly string[]): Promise<InstalledPackage[]> {
  const found = await Promise.all(directories.map(readPackage));
  return found.flatMap((json) => {
    if (json?.name === undefined || json.version === undefined) {
      return [];
    }
    const plugin = json.pulumi?.resource
      ? (json.pulumi.name ?? json.name.replace(/^@pulumi\//, ""))
      : undefined;
    return [{ name: json.name, version: json.version, plugin, pluginServer: json.pulumi?.server ?? "" }];
  });
}

async function nearestPackage(
  directory: string,
): Promise<{ directory: string; json: PackageJson } | undefined> {
  const json = await readPackage(directory);
  if (json !== undefined) {
    return { directory, json };
  }
  const parent = dirname(directory);
  return parent === directory ? undefined : await nearestPackage(parent);
}

async function readPackage(directory: string): Promise<PackageJson | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, "package.json"), "utf8")) as PackageJson;
  } catch {
    return undefined;
  }
}
