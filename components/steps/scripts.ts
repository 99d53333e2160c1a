import { readFileSync } from "node:fs";

/**
 * One script from several files, in the given order: functions first, then what uses them.
 *
 * A script travels whole, in the resource that runs it: `pulumi destroy` on another machine, or years later,
 * then runs exactly what was recorded.
 *
 * @returns the text; equal files give equal text
 */
export function assembleScript(files: readonly string[]): string {
  return `${files.map((file) => readFileSync(file, "utf8").trimEnd()).join("\n\n")}\n`;
}
