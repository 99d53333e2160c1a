import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, stringifyJson } from "../../../components/access/apiJson";

describe("JSON without a loss", () => {
  it.each([
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["-9007199254740993", -9007199254740993n],
    ["1234567890123456", 1234567890123456],
    ["1.2345678901234567", 1.2345678901234567],
    ["1e21", 1e21],
    ['"9007199254740993"', "9007199254740993"],
    ['"a: 9007199254740993"', "a: 9007199254740993"],
    ['{"a":1,"a":9007199254740993}', { a: 9007199254740993n }],
  ])("reads %s", (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it.each(["", "{", "<html>", '{"a":9007199254740993', "[9007199254740993,]"])("refuses %s", (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it("leaves out what is undefined, and refuses what has no form", () => {
    expect(stringifyJson({ a: undefined, b: null, c: 1n })).toBe('{"b":null,"c":1}');
    expect(() => stringifyJson(undefined)).toThrow(TypeError);
  });

  it("writes what it reads as the same value", () => {
    const integer = fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n });
    const exact = integer.map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n));
    const leaf = fc.oneof(exact, fc.string(), fc.boolean(), fc.constant(null));
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(leaf, fc.array(tie("value")), fc.dictionary(fc.string(), tie("value"))),
    })).value;
    const plain = tree.filter((value) => !stringifyJson(value).includes('"__proto__"'));
    fc.assert(fc.property(plain, (value) => void expect(parseJson(stringifyJson(value))).toEqual(value)));
  });
});
