import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Absolute path of a program, found as a shell finds it; undefined when PATH has none. */
export function commandOnPath(name: string): string | undefined {
  // A name with a slash is a path already.
  if (name.includes("/")) return isProgram(name) ? resolve(name) : undefined;
  const directories = (process.env.PATH ?? "").split(delimiter);
  return directories.map((directory) => join(directory || ".", name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
