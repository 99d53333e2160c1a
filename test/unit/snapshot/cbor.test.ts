import { describe, expect, test } from "vitest";
import { decodeCbor } from "../../../snapshot/kubernetes/cbor";
import { MOST_VALUES, TooManyValues } from "../../../snapshot/kubernetes/valueLimit";

const decode = (hex: string) => decodeCbor(Buffer.from(`d9d9f7${hex}`, "hex"));

test.each<[string, string, unknown]>([
  ["half precision", "f93e00", 1.5],
  ["half, smallest", "f90001", 2 ** -24],
  ["half, negative", "f9c400", -4],
  ["single", "fa47c35000", 100000],
  ["double", "fb3ff199999999999a", 1.1],
  ["above 2^53", "1b7fffffffffffffff", 2n ** 63n - 1n],
  ["below -2^53", "3b7fffffffffffffff", -(2n ** 63n)],
  ["byte strings as keys and text", "a1416141c3", { a: "\ufffd" }],
  ["a text tagged as a time", "c06161", "a"],
  ["seconds", "c11a514b67b0", "2013-03-21T20:04:00Z"],
  ["bytes for base64", "d6420102", "AQI="],
  ["bytes for hex", "d7420102", "0102"],
  ["an unknown tag", "d9ffff8101", [1]],
  ["self-described twice", "d9d9f76161", "a"],
  ["indefinite", "bf61619f01ff6162a0ff", { a: [1], b: {} }],
  ["a text in chunks", "7f61616162ff", "ab"],
  ["bytes in chunks, a character of two between them", "5f41c341a940ff", "é"],
  ["a key named __proto__", "a1695f5f70726f746f5f5f01", JSON.parse('{"__proto__":1}')],
])("%s", (_, hex, value) => expect(decode(hex)).toEqual(value));

test.each([
  ["NaN", "f97e00"],
  ["infinity", "f97c00"],
  ["undefined", "f7"],
  ["a simple value", "f0"],
  ["beyond int64", "1b8000000000000000"],
  ["an integer of any length", "c24101"],
  ["a repeated key", "a2416101616102"],
  ["a key that is no text", "a10102"],
  ["text that is not UTF-8", "62c328"],
  ["bytes behind it", "0101"],
  ["an early end", "8201"],
  ["a break alone", "ff"],
  ["a break behind a key", "bf6161ff"],
  ["an impossible length", "9bffffffffffffffff"],
  ["a chunk of chunks", "7f7f6161ffff"],
  ["chunks without an end", "7f6161"],
  ["nothing", ""],
])("refused as by the API server: %s", (_, hex) => expect(decode(hex)).toBeUndefined());

test("10,000 levels, as Kubernetes allows, and no more", () => {
  let value = decode(`${"81".repeat(10_000)}01`);
  for (let depth = 0; depth < 10_000; depth++) value = (value as unknown[])[0];
  expect(value).toBe(1);
  expect(decode(`${"81".repeat(10_001)}01`)).toBeUndefined();
  expect(decode("81".repeat(1_000_000))).toBeUndefined();
});

test("of an object only so many levels of maps are kept, and no list; the rest is read as strictly", () => {
  const shallow = (hex: string) => decodeCbor(Buffer.from(`d9d9f7${hex}`, "hex"), 2);
  expect(shallow("a26161a261620161638101616481a0")).toEqual({ a: { b: 1, c: null }, d: [] });
  expect(shallow("a16161c5a1616201")).toEqual({ a: { b: 1 } });
  expect(shallow("a16161a16162a1616301")).toEqual({ a: { b: null } });
  expect(shallow("a16161a16162a2616301616302")).toBeUndefined();
  expect(shallow("a16161a16162a1a001")).toBeUndefined();
});

test("what a value is, is known without keeping what it holds", () => {
  const lists = Buffer.alloc(4_000_000, 0x80);
  lists.set([0xd9, 0xd9, 0xf7, 0x9a]);
  lists.writeUInt32BE(lists.length - 8, 4);
  const before = process.memoryUsage().heapUsed;
  expect(decodeCbor(lists, 2)).toEqual([]);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 << 20);
});

test("empty chunks take no memory", () => {
  const value = Buffer.alloc(1_000_000, 0x60);
  value.set([0xd9, 0xd9, 0xf7, 0x7f]);
  value[value.length - 1] = 0xff;
  let [read, highest] = [0, 0];
  const { readUInt8 } = value;
  value.readUInt8 = (at) => {
    if (read++ % 50_000 === 0) highest = Math.max(highest, process.memoryUsage().heapUsed);
    return readUInt8.call(value, at);
  };
  const before = process.memoryUsage().heapUsed;
  expect(decodeCbor(value)).toBe("");
  expect(highest - before).toBeLessThan(50 << 20);
});

describe("more values than any object has", () => {
  const lists = (count: number) => {
    const value = Buffer.alloc(8 + count, 0x80);
    value.set([0xd9, 0xd9, 0xf7, 0x9a]);
    value.writeUInt32BE(count, 4);
    return value;
  };
  /** Maps in maps, all but the innermost with `count` keys in front of the next one. */
  const keys = (depth: number, count: number) => {
    const head = Buffer.alloc(5, 0xba);
    head.writeUInt32BE(count + 1, 1);
    const entries = Buffer.alloc(6 * count);
    for (let i = 0; i < count; i++) entries.write(`d${i.toString(36).padStart(4, "0")}`, 6 * i);
    const level = Buffer.concat([head, entries, Buffer.from("6178", "hex")]);
    return Buffer.concat([Buffer.from("d9d9f7", "hex"), ...Array(depth).fill(level), Buffer.from([1])]);
  };

  test("are not decoded, and that is said", () => {
    expect(decodeCbor(lists(MOST_VALUES))).toHaveLength(MOST_VALUES);
    expect(() => decodeCbor(lists(MOST_VALUES + 1))).toThrow(TooManyValues);
    expect(decodeCbor(lists(MOST_VALUES + 1), 2)).toEqual([]);
  });

  test("nor is it asked what such an object is, where its maps would have to be kept", () => {
    expect(decodeCbor(keys(2, 1000), 2)).toMatchObject({ x: { x: 1 } });
    expect(decodeCbor(keys(2, MOST_VALUES / 2), 2)).toBeUndefined();
    const small = keys(1, 1000).subarray(3);
    const many = Buffer.concat([Buffer.from("d9d9f79a00000208", "hex"), ...Array(520).fill(small)]);
    expect(decodeCbor(many, 2)).toEqual([]);
  }, 60_000);
});
