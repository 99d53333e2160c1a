import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { writeYaml } from "../../../automation/commandLine/writeYaml";

const written = writeYaml;
/** As a command prints it. */
const read = (value: unknown) => parse(`${written(value)}\n`, { version: "1.1" });

describe("a string comes back from YAML as it was", () => {
  it.each([
    ["a tab in one line", "a\tb"],
    ["a tab in a later line", "a:\n\tb\n"],
    ["a tab in front", "\ta\nb"],
    ["lines at its end", "a\n\n"],
    ["a blank at its end", "a\n#b "],
    ["nothing but lines", "\n \n"],
    ["no character", "a\uffff"],
    ["controls", "a\u001bb\u0085\u202e"],
  ])("%s", (_, text) => {
    const value = { list: [text, { [text]: text }], z: text };
    expect(read(value)).toEqual(value);
    expect(written(value)).not.toMatch(/[^\n\P{Cc}]|\uffff/u);
  });
});

it.each(["<<", "=", "0o17", "0O17", "0X1f", "-0B1", "+_1", "1E7_", "7.E_-2", "0b-0"])(
  "%s is quoted, which kubectl takes for something else",
  (text) => expect(written({ [text]: text })).toBe(`"${text}": "${text}"`),
);

it.each(["10.0.0.1", "web-0", "v1.36.0", "a=b", "0a"])("%s is not", (text) =>
  expect(written({ [text]: text })).toBe(`${text}: ${text}`),
);

it("a long line behind a blank is not folded, which kubectl undoes in another way", () =>
  expect(written(` ${"word ".repeat(40)}\nend`)).toMatch(/^\|/));
