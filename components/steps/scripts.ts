import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * One script from several files, in the given order: functions first, then what uses them.
 *
 * A script travels whole, in the resource that runs it: `pulumi destroy` on another machine, or years later,
 * then runs exactly what was recorded.
 *
 * @param directory the files' directory
 * @param names file names in it
 * @returns the text; equal files give equal text
 */
export function assembleScript(directory: string, names: readonly string[]): string {
  return names.map((name) => readFileSync(join(directory, name), "utf8").trimEnd()).join("\n\n") + "\n";
}
