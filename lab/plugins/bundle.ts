import { createHash, randomUUID } from "node:crypto";
import { chmod, mkdir, open, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { exists } from "../files";

/** The plugins that have a stand-in. */
export type StandInName = "nodejs" | "command" | "kubernetes";

const entries: Readonly<Record<StandInName, string>> = {
  nodejs: "languageNodejs/main.ts",
  command: "command/main.ts",
  kubernetes: "kubernetes/main.ts",
};

/** Second line of every stand-in, by which it is told from an official plugin of the same name. */
const standInMark =
  "// Stand-in of the etcd-recovery lab for a plugin that cannot be downloaded; never for production.";

/** Whether the executable is a stand-in of some lab, and so no official plugin. */
export async function isStandIn(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    return buffer.subarray(0, bytesRead).includes(standInMark);
  } finally {
    await file.close();
  }
}

/**
 * Bundles a stand-in into one executable file below the directory and returns its path. The file is named by the
 * content of all sources and of the lock file, so it is made once: every update starts its plugins, and one file
 * starts several times faster than its sources do.
 */
export async function bundleStandIn(name: StandInName, directory: string): Promise<string> {
  const target = join(directory, `${name}-${await sourcesKey()}.cjs`);
  if (await exists(target)) {
    return target;
  }
  const result = await build({
    entryPoints: [join(__dirname, entries[name])],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    banner: { js: `#!${process.execPath}\n${standInMark}` },
    minify: true,
    legalComments: "none",
    // Native parts of the SSH library, which does without them.
    external: ["cpu-features", "*.node"],
    logLevel: "silent",
    write: false,
  });
  const [output] = result.outputFiles;
  if (output === undefined) {
    throw new Error(`bundling the stand-in for ${name} gave nothing`);
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = `${target}.${randomUUID()}`;
  await writeFile(temporary, output.contents);
  await chmod(temporary, 0o755);
  await rename(temporary, target);
  return target;
}

async function sourcesKey(): Promise<string> {
  const hash = createHash("sha256").update(process.execPath);
  const names = (await readdir(__dirname, { recursive: true })).filter((name) => name.endsWith(".ts")).sort();
  const files = [
    ...names.map((name) => join(__dirname, name)),
    join(__dirname, "..", "..", "package-lock.json"),
  ];
  for (const file of files) {
    hash.update(`\0${file}\0`).update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}
