import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The code of a page, by the name that stands behind its language: "```ts restore.ts". So that what a page says is what
 * is tested.
 *
 * @param page from the root, e.g. "docs/reference/components.md"
 */
export function docBlocks(page: string): Readonly<Record<string, string>> {
  const text = readFileSync(join(__dirname, "..", "..", page), "utf8");
  const blocks = [...text.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)];
  return Object.fromEntries(blocks.map(([, name = "", code = ""]) => [name, code]));
}
