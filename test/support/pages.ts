import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..", "..");

/** A row of a page's table. */
export interface PageRow {
  /** Its table's headings, and the first of them. */
  readonly heads: readonly string[];
  readonly heading: string;
  readonly cells: readonly string[];
  /** What its cells have in code: names, by their letters alone. */
  readonly names: ReadonlySet<string>;
}

/** @param page from the root, e.g. "docs/reference/agent.md" */
export const pageText = (page: string): string => readFileSync(join(root, page), "utf8");

/** Rows of all tables of a text, in order; a bar in a cell is written `\|`. */
export function tableRows(text: string): readonly PageRow[] {
  return [...text.matchAll(/(?:^\|.*\|$\n?)+/gm)].flatMap(([table]) => {
    const [head = [], , ...rows] = table.trimEnd().split("\n").map(cellsOf);
    return rows.map((cells) => ({
      heads: head,
      heading: head[0] ?? "",
      cells,
      names: namesIn(cells.join(" ")),
    }));
  });
}

/** The rows of the tables whose first heading this is. */
export const rowsBelow = (page: string, heading: string | RegExp): readonly PageRow[] =>
  tableRows(pageText(page)).filter((row) =>
    typeof heading === "string" ? row.heading === heading : heading.test(row.heading),
  );

/** Texts in code, each on its own; `a.{b, c}` as `a.b` and `a.c`. */
export function codeIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => {
    const [, before, inner] = /^([\w.[\]]+\.)\{([^{}]+)\}$/.exec(code) ?? [];
    return inner === undefined ? [code] : inner.split(/, */).map((one) => `${before}${one}`);
  });
}

/** The words in what a text has in code. */
export const namesIn = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => code.match(/\w+/g) ?? []));

const cellsOf = (line: string): readonly string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

/** Every page that a user or a maintainer reads, from the root, but the changelog, which tells of what was. */
export const pages: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "plugin/README.md"],
  ...["explanation", "reference"].flatMap((room) =>
    readdirSync(join(root, "docs", room)).map((name) => `docs/${room}/${name}`),
  ),
];

/** Lines of a page's code blocks, without what explains them. */
export const commandLines = (page: string): readonly string[] =>
  [...pageText(page).matchAll(/^```(?:sh)?(?: \S+)?\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) =>
    block.split("\n").map((line) => line.replace(/^\$ /, "").replace(/\s{2,}#.*$/, "")),
  );
