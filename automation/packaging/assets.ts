import { cpSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle, STEP_ENTRY } from "./bundle";
import { configFileSchema } from "./configFileSchema";

/**
 * Puts into dist what the compiler leaves behind: scripts and generated descriptors beside the code that reads them, the
 * step program in one file, the program's Pulumi.yaml, the schema of its configuration for editors, and the version.
 */
const root = join(__dirname, "..", "..");
const dist = join(root, "dist");
const isAsset = (file: string) => /\.(sh|json)$/.test(file) || statSync(file).isDirectory();
const write = (name: string, text: string) => writeFileSync(join(dist, name), text);

async function addAssets(): Promise<void> {
  for (const room of ["components", "snapshot", "automation"])
    cpSync(join(root, room), join(dist, room), { recursive: true, filter: isAsset });
  const { name, version, type } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  write("package.json", `${JSON.stringify({ name, version, type })}\n`);
  // Installed sources are never compiled by the reader's machine: the program is the built one.
  write(
    "Pulumi.yaml",
    readFileSync(join(root, "Pulumi.yaml"), "utf8").replace(/^main: .*$/m, "main: index.js"),
  );
  write("config.schema.json", `${JSON.stringify(configFileSchema(root), undefined, 2)}\n`);
  write("step.js", (await bundle(root, STEP_ENTRY)).code);
}

addAssets().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
