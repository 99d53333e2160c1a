import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build, type Plugin, stop } from "esbuild";

/** A program in one file. */
export interface Bundle {
  readonly code: string;
  /** What it was made of: files, from the root. */
  readonly inputs: readonly string[];
}

/** What a bundle depends on besides the sources in it. */
const settings = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "automation/packaging/bundle.ts",
  "bin/etcd-recovery-step.js",
  "bin/keptBundle.js",
];
/** Clocks of file systems are coarse. */
const clockMs = 20;
/** Sources that change while they are read are read again so often; after that nothing is kept. */
const tries = 3;

/** The step program, from the root. */
export const STEP_ENTRY = "automation/step/main.ts";

/** Where a bundle will run. */
export interface BundleTarget {
  /** Oldest Node that runs it, as esbuild names it. */
  readonly target: string;
  /** What is there beside it, and not in it. */
  readonly external: readonly string[];
}

/** Beside the package, whose oldest Node decides; of the storage library most runs need nothing. */
const besideThePackage: BundleTarget = {
  target: "node20",
  external: ["@pulumi/*", "@google-cloud/storage"],
};

/**
 * Bundles a program with all that it imports but Pulumi's SDK, of which there must be one.
 *
 * @param root directory of the package, absolute. @param entry from there. @throws Error with esbuild's message
 */
export async function bundle(
  root: string,
  entry: string,
  { target, external }: BundleTarget = besideThePackage,
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    // some libraries tell classes of their own, such as an AbortSignal, by their names
    keepNames: true,
    format: "cjs",
    target,
    external: [...external],
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [ownDirectory(root)],
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  return { code: outputFiles[0]?.text ?? "", inputs: [...Object.keys(metafile.inputs), ...settings] };
}

/**
 * Sources read files beside themselves, such as the Pods' scripts: their `__dirname` becomes their place below the
 * bundle's, which is the root or `dist`, where the same files lie.
 */
function ownDirectory(root: string): Plugin {
  return {
    name: "own-directory",
    setup({ onLoad }) {
      onLoad({ filter: /\/(agent|automation|components|snapshot)\/.*\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, "utf8");
        if (!text.includes("__dirname") || path.includes("/node_modules/")) return undefined;
        const place = JSON.stringify(relative(root, dirname(path)));
        const contents = text.replaceAll(/\b__dirname\b/g, `require("node:path").join(__dirname, ${place})`);
        return { contents, loader: "ts" };
      });
    },
  };
}

/**
 * Bundles a program and keeps it in a file, with a first line that says which files it was made of. Several
 * processes may do so at once: the file is whole at any time, and what each runs is what it has made itself.
 *
 * @param stampOf tells a changed file, named from the root
 * @returns the program
 */
export async function keepBundle(
  root: string,
  entry: string,
  file: string,
  stampOf: (name: string) => string,
): Promise<string> {
  for (let tried = 1; ; tried++) {
    const began = Date.now() - clockMs;
    const { code, inputs } = await bundle(root, entry);
    const stamps = Object.fromEntries(inputs.map((name) => [name, stampOf(name)]));
    const quiet = inputs.every((name) => changedAt(join(root, name)) < began);
    if (quiet) keep(file, `//${JSON.stringify(stamps)}\n${code}`);
    if (quiet || tried === tries) {
      // esbuild's own process would hold this one's standard error.
      await stop();
      return code;
    }
    await sleep(2 * clockMs);
  }
}

function changedAt(path: string): number {
  const { mtimeMs = 0, ctimeMs = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return Math.max(mtimeMs, ctimeMs);
}

/** Where nothing can be written, the next start bundles again. */
function keep(file: string, text: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(aside, text);
    renameSync(aside, file);
  } catch {
    return;
  }
}
