import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";

const root = resolve(__dirname, "..");

/** Makes a directory a project of this checkout's program, so that settings of its stacks lie outside the work tree. */
export async function writeProgramProject(directory: string): Promise<void> {
  const project = parse(await readFile(join(root, "Pulumi.yaml"), "utf8")) as object;
  await writeFile(join(directory, "Pulumi.yaml"), stringify({ ...project, main: join(root, "index.ts") }));
}
