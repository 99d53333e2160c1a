import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A script without comments and layout. Scripts hold no text over several lines, so that a line which begins with `#` is
 * a comment, and what stands before a line's first word is layout.
 */
export function scriptText(directory: string, name: string): string {
  const text = readFileSync(join(directory, `${name}.sh`), "utf8");
  const lines = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  return `${lines.map((line) => line.trimStart()).join("\n")}\n`;
}

const READS = /^\. "\$\{0%\/\*\}\/([a-z-]+)\.sh"\n/gm;

/** The same with the files of its directory that it reads in their place: one text, which needs no file. */
export function wholeScript(directory: string, name: string): string {
  return scriptText(directory, name).replace(READS, (_, read: string) => wholeScript(directory, read));
}
