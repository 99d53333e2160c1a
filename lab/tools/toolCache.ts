import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { buildFlags, type ToolFamily } from "./toolFamilies";

/** Everything that the lab keeps between runs: `$ETCD_RECOVERY_CACHE`, default `~/.cache/etcd-recovery`. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env.ETCD_RECOVERY_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "etcd-recovery");
}

/** Directory of a family's go.mod, go.sum and sources. */
export function moduleDirectory(family: ToolFamily): string {
  return join(__dirname, "modules", family.name);
}

/** What decides the bytes of a family's binaries. */
export interface FamilyIngredients {
  /** File name to content: go.mod, go.sum and sources of our own. */
  readonly files: Readonly<Record<string, string>>;
  readonly goVersion: string;
  readonly flags: readonly string[];
}

/** Key of a family in the cache: its name and the first 16 hex digits of the SHA-256 over all ingredients. */
export function familyKey(name: string, ingredients: FamilyIngredients): string {
  const hash = createHash("sha256");
  const canonical = {
    files: Object.entries(ingredients.files).sort(([a], [b]) => (a < b ? -1 : 1)),
    goVersion: ingredients.goVersion,
    flags: ingredients.flags,
  };
  hash.update(JSON.stringify(canonical));
  return `${name}-${hash.digest("hex").slice(0, 16)}`;
}

/** Reads a family's ingredients from its module directory. */
export async function readIngredients(family: ToolFamily, goVersion: string): Promise<FamilyIngredients> {
  const directory = moduleDirectory(family);
  const names = (await readdir(directory)).filter((name) => /\.(go|mod|sum)$/.test(name));
  const entries = await Promise.all(
    names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const),
  );
  return { files: Object.fromEntries(entries), goVersion, flags: buildFlags(family) };
}
