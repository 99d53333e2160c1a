import { createHash } from "node:crypto";
import { mkdir, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../components/errors";
import { FileLock } from "../fileLock";
import { exists, removeTree } from "../files";
import { type Log, Stopwatch } from "../progress";
import { buildFamily, missingTools } from "./familyBuild";
import { assertDiskSpace, findGo, neededGiB } from "./goToolchain";
import { findOnPath } from "./pathTools";
import { cacheDirectory, familyKey, readIngredients } from "./toolCache";
import {
  familyOf,
  type ToolFamily,
  type ToolName,
  toolFamilies,
  toolNames,
  usualTools,
} from "./toolFamilies";

/** Where tools come from: `build` makes them, `path` prefers those of sufficient version on PATH. */
export type ToolSource = "build" | "path";

/** What {@link provideTools} is asked for. */
export interface ToolsOptions {
  /** Tools that are needed. Default: all that a lab and most tests need. */
  readonly only?: readonly ToolName[];
  /** Default: `$ETCD_RECOVERY_TOOLS`, else "build". */
  readonly source?: ToolSource;
  readonly log?: Log;
}

/** Tools that are there. */
export interface Tools {
  /** A directory that holds exactly these tools, for PATH. */
  readonly directory: string;
  /** Absolute path of a tool. Throws when it was not asked for. */
  path(tool: ToolName): string;
}

/**
 * Builds or finds tools. What was built once for the same sources, Go version and flags is used again; two processes
 * that need the same tool build it once. Throws UserError when Go or disk space is missing or a build fails.
 */
export async function provideTools(options: ToolsOptions = {}): Promise<Tools> {
  const log = options.log ?? (() => undefined);
  const wanted = options.only ?? usualTools();
  const found = sourceOf(options) === "path" ? await findAll(wanted, log) : new Map<ToolName, string>();
  const families = toolFamilies.filter((family) =>
    wanted.some((tool) => familyOf(tool) === family && !found.has(tool)),
  );
  const built = families.length > 0 ? await provideFamilies(families, log) : new Map<ToolName, string>();
  const paths = new Map(wanted.map((tool) => [tool, found.get(tool) ?? built.get(tool) ?? ""] as const));
  return { directory: await linkDirectory(paths), path: (tool) => pathOf(paths, tool) };
}

function sourceOf(options: ToolsOptions): ToolSource {
  const source = options.source ?? process.env.ETCD_RECOVERY_TOOLS ?? "build";
  if (source !== "build" && source !== "path") {
    throw new UserError(`ETCD_RECOVERY_TOOLS is "${source}".`, "Set it to build or path.");
  }
  return source;
}

function pathOf(paths: ReadonlyMap<ToolName, string>, tool: ToolName): string {
  const path = paths.get(tool);
  if (path === undefined) {
    throw new Error(`the tool ${tool} was not asked for`);
  }
  return path;
}

async function findAll(wanted: readonly ToolName[], log: Log): Promise<Map<ToolName, string>> {
  const found = new Map<ToolName, string>();
  for (const tool of wanted) {
    const path = await findOnPath(tool);
    if (path !== undefined) {
      log(`using ${path}`);
      found.set(tool, path);
    }
  }
  return found;
}

/** Builds families one after the other: a Go build keeps all cores busy by itself. */
async function provideFamilies(families: readonly ToolFamily[], log: Log): Promise<Map<ToolName, string>> {
  const go = await findGo();
  const cache = join(cacheDirectory(), "tools");
  const located = await Promise.all(
    families.map(async (family) => {
      const key = familyKey(family.name, await readIngredients(family, go.version));
      return { family, directory: join(cache, key), log: join(cache, `${key}.log`) };
    }),
  );
  if (await anyMissing(located)) {
    const waiting = () => log("another process builds tools; waiting for it …");
    await FileLock.during(join(cache, "build.lock"), waiting, async () => {
      const watch = new Stopwatch();
      const lacking = await lackingOf(located);
      const families = lacking.map((entry) => entry.family);
      const needed = await neededGiB(go, families);
      for (const directory of new Set([cache, go.moduleCache, go.buildCache])) {
        await assertDiskSpace(directory, needed, "Building the lab's tools");
      }
      for (const entry of lacking) {
        await buildFamily(entry.family, entry.directory, entry.log, log);
      }
      log(`tools ready after ${watch}`);
    });
  }
  return new Map(
    located.flatMap(({ family, directory }) =>
      toolNames(family).map((tool) => [tool, join(directory, tool)]),
    ),
  );
}

interface LocatedFamily {
  readonly family: ToolFamily;
  readonly directory: string;
  readonly log: string;
}

async function lackingOf(located: readonly LocatedFamily[]): Promise<LocatedFamily[]> {
  const missing = await Promise.all(located.map((entry) => missingTools(entry.family, entry.directory)));
  return located.filter((_, index) => (missing[index]?.length ?? 0) > 0);
}

async function anyMissing(located: readonly LocatedFamily[]): Promise<boolean> {
  return (await lackingOf(located)).length > 0;
}

/** A directory of links to the tools, named by what it holds, so it is made once and never changed. */
async function linkDirectory(paths: ReadonlyMap<ToolName, string>): Promise<string> {
  const content = [...paths].sort(([a], [b]) => (a < b ? -1 : 1));
  const key = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
  const directory = join(cacheDirectory(), "tools", `links-${key}`);
  if (await exists(directory)) {
    return directory;
  }
  const temporary = `${directory}.${process.pid}`;
  await removeTree(temporary);
  await mkdir(temporary, { recursive: true });
  await Promise.all(content.map(([tool, target]) => symlink(target, join(temporary, tool))));
  // Losing this race means that another process made the same directory.
  await rename(temporary, directory).catch(() => removeTree(temporary));
  return directory;
}
