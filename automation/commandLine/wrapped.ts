import { Help } from "commander";

/** A text of lines no longer than this, those after the first moved in. @param columns undefined: no terminal, one line */
export function wrapped(text: string, columns: number | undefined, indent = 0): string {
  if (columns === undefined) return text;
  return new Help().boxWrap(text, columns - indent).replaceAll("\n", `\n${" ".repeat(indent)}`);
}
