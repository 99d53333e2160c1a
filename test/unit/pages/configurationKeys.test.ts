import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { configKeys, configSchema } from "../../../components/config/configSchema";
import { codeIn, namesIn, pages, pageText, rowsBelow } from "../../support/pages";

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The keys of the pages' tables, against the schema that the program checks with: none is missing, none is made up. */
const [hostedRestore = {}, hostedBackup = {}, machinesRestore = {}, machinesBackup = {}] = operations();

const shared = [
  ...stated("docs/reference/vault.md"),
  ...stated("docs/reference/watching.md"),
  ...stated("docs/reference/schedules.md"),
];
const hosted = [...stated("docs/reference/configuration.md"), ...overrides(), ...shared];
const machines = [...stated("docs/reference/machines.md"), ...shared];

/** What a page says of one key. */
interface Stated {
  readonly key: string;
  readonly text: string;
  readonly names: ReadonlySet<string>;
  /** Of configuration.md: the operations that take it. */
  readonly of: string | undefined;
}

/** A key that the program takes. */
interface Leaf {
  readonly key: string;
  readonly default: unknown;
}

it.each([
  ["configuration.md: a restore", hostedRestore, hosted],
  ["configuration.md: a backup", hostedBackup, hosted],
  ["machines.md: a restore", machinesRestore, machines],
  ["machines.md: a backup", machinesBackup, machines],
] as const)("%s has every key, with its default", (_, schema, page) => {
  const leaves = leavesOf(schema);
  expect(leaves.length).toBeGreaterThan(10);
  expect(leaves.filter(({ key }) => sayings(key, page).length === 0).map(({ key }) => key)).toEqual([]);
  const unsaid = leaves.filter(
    ({ key, default: value }) =>
      ["string", "number", "boolean"].includes(typeof value) &&
      !sayings(key, page).some(({ text }) => text.includes(String(value))),
  );
  expect(unsaid).toEqual([]);
});

it("Pulumi.yaml declares every key that is no object, with its type and default", () => {
  const { config } = parse(pageText("Pulumi.yaml")) as {
    config: Record<string, { type: string; default: unknown }>;
  };
  const types = { number: "integer", string: "string" } as const;
  const scalars = Object.entries(configKeys).flatMap(([key, kind]) =>
    kind === "object" ? [] : [[key, types[kind]]],
  );
  expect(Object.entries(config).map(([key, { type }]) => [key, type])).toEqual(scalars);
  const defaults = new Map(leavesOf(hostedRestore).map((leaf) => [leaf.key, leaf.default ?? ""]));
  for (const [key, one] of Object.entries(config)) expect(one.default, key).toBe(defaults.get(key));
});

describe("no page has a key that the program does not take", () => {
  it.each([
    ["configuration.md", hosted, [hostedRestore, hostedBackup]],
    ["machines.md", machines, [machinesRestore, machinesBackup, hostedBackup]],
  ] as const)("%s", (_, page, schemas) => {
    const known = new Set(schemas.flatMap(pathsOf));
    expect(page.map(({ key }) => key).filter((key) => !known.has(key))).toEqual([]);
  });

  it("configuration.md: of the operation that it says", () => {
    const rows = stated("docs/reference/configuration.md");
    const [restore, backup] = [hostedRestore, hostedBackup].map((one) => new Set(pathsOf(one)));
    const of = (key: string) =>
      restore?.has(key) ? (backup?.has(key) ? "both" : "restore") : backup?.has(key) ? "backup" : "nothing";
    expect(rows.map(({ key }) => [key, of(key)])).toEqual(rows.map((row) => [row.key, row.of]));
  });
});

it.each(pages.filter((page) => page !== "plugin/README.md"))("%s sets keys that there are", (page) => {
  const known = new Set(operations().flatMap(pathsOf));
  const calls = pageText(page).matchAll(/pulumi config (?:set|rm)((?: --\w+)*) ('?)([a-zA-Z][^\s'`]*)\2/g);
  for (const [call, flags = "", , key = ""] of calls) {
    if (key.endsWith("…")) continue;
    const path = key.replace(/\["[^"]*"\]/, "").replaceAll(/\[\d\]/g, "[]");
    expect(
      [path, path.replace(/\[\]$/, "")].some((one) => known.has(one)),
      call,
    ).toBe(true);
    expect(flags.includes("--path"), call).toBe(/[.[]/.test(key));
    expect(flags.replace(" --path", "").replace(" --secret", ""), call).toBe("");
  }
});

/** What says a key: its own row, or one of what it lies in that names it. */
function sayings(key: string, page: readonly Stated[]): readonly Stated[] {
  const [name = ""] = key.match(/\w+$/) ?? [];
  return page.filter(
    (one) =>
      one.key === key ||
      ((key.startsWith(`${one.key}.`) || key.startsWith(`${one.key}[]`)) && one.names.has(name)),
  );
}

/** A table of keys begins with "key", or "key below `a.b`". */
function stated(page: string): readonly Stated[] {
  return rowsBelow(page, /^key\b/).flatMap(({ heading, cells, names }) => {
    const [below] = codeIn(heading);
    const [first = "", of] = cells;
    return codeIn(first).map((key) => ({
      ...{ key: below === undefined ? key : `${below}.${key}`, text: cells.join(" "), names },
      of: page.endsWith("configuration.md") ? of : undefined,
    }));
  });
}

/** The one key whose members are listed below the table. */
function overrides(): readonly Stated[] {
  const [, text = ""] =
    /^`overrides` takes ([\s\S]*?)\n\n/m.exec(pageText("docs/reference/configuration.md")) ?? [];
  return [{ key: "overrides", text, names: namesIn(text), of: undefined }];
}

function operations(): readonly JsonSchema[] {
  const { anyOf = [] } = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" });
  return anyOf as JsonSchema[];
}

/** Parts of a schema that lie below a key. */
function below(schema: JsonSchema, key: string): readonly (readonly [string, JsonSchema])[] {
  const { properties = {}, items, anyOf = [], oneOf = [] } = schema;
  const named = Object.entries(properties).map(
    ([name, one]) => [key === "" ? name : `${key}.${name}`, one as JsonSchema] as const,
  );
  const [listed] = [items].flat();
  const inList = typeof listed === "object" && below(listed, key).length > 0 ? [listed] : [];
  const branches = [...anyOf, ...oneOf].flatMap((one) => below(one as JsonSchema, key));
  return [...named, ...inList.map((one) => [`${key}[]`, one] as const), ...branches];
}

function leavesOf(schema: JsonSchema, key = ""): readonly Leaf[] {
  const parts = below(schema, key);
  if (parts.length === 0) return [{ key, default: schema.default }];
  return parts.flatMap(([path, one]) => leavesOf(one, path));
}

const pathsOf = (schema: JsonSchema): readonly string[] => paths(schema, "");

function paths(schema: JsonSchema, key: string): readonly string[] {
  return below(schema, key).flatMap(([path, one]) => [path, ...paths(one, path)]);
}
