import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyRecord } from "../../../snapshot/mvcc/keyRecord";
import { LeafBounds } from "../../../snapshot/mvcc/leafBounds";
import { Field, LiveIndex } from "../../../snapshot/mvcc/liveIndex";

interface Put {
  readonly key: string;
  readonly mainHigh?: number;
  readonly mainLow?: number;
  readonly sub?: number;
  readonly valueBytes?: number;
}

function recordOf({ key, mainHigh = 0, mainLow = 0, sub = 0, valueBytes = 0 }: Put): KeyRecord {
  const bytes = Buffer.from(key);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const range = { keyStart: 0, keyEnd: bytes.length, valueStart: 0, valueEnd: valueBytes };
  return Object.assign(new KeyRecord(), { bytes, view, mainHigh, mainLow, sub, ...range });
}

const read = (index: LiveIndex, entry: number, fields: readonly (keyof typeof Field)[]) =>
  Object.fromEntries(fields.map((field) => [field, index.get(entry, Field[field])]));

describe("an entry of the table of keys", () => {
  test.each<[string, Omit<Put, "key">]>([
    ["of a usual revision", { mainLow: 7 }],
    ["at the end of 32 bits", { mainLow: 0xffff_ffff }],
    ["of a revision that was bumped often", { mainHigh: 0x3f, mainLow: 0xffff_ffff }],
    ["of one beyond what is narrow", { mainHigh: 0x40, mainLow: 1 }],
    ["of the highest revision", { mainHigh: 0x7fff_ffff, mainLow: 0xffff_ffff }],
    ["of a transaction with more writes than one", { mainLow: 5, sub: 0xffff_ffff }],
    ["with the longest value", { mainLow: 5, mainHigh: 0x3f, valueBytes: 64 * 1024 * 1024 - 1 }],
  ])("%s keeps what was put in, beside others", (_, put) => {
    const index = new LiveIndex();
    const [first, entry, last] = [
      { key: "a", mainLow: 3, valueBytes: 9 },
      { key: "b", ...put },
      { key: "c" },
    ].map((one) => index.put(recordOf(one), 0x7fff_ffff, 0xffff));
    index.identify(entry ?? -1, 10_000, 200_000);
    const { mainHigh = 0, mainLow = 0, sub = 0, valueBytes = 0 } = put;
    expect(
      read(index, entry ?? -1, ["mainHigh", "valueBytes", "page", "element", "kind", "namespace"]),
    ).toEqual({
      ...{ mainHigh, valueBytes, page: 0x7fff_ffff, element: 0xffff, kind: 10_000, namespace: 200_000 },
    });
    const unsigned = ["mainLow", "sub"] as const;
    expect(unsigned.map((field) => index.get(entry ?? -1, Field[field]) >>> 0)).toEqual([mainLow, sub]);
    expect(read(index, first ?? -1, ["mainLow", "mainHigh", "sub", "valueBytes", "records"])).toEqual({
      ...{ mainLow: 3, mainHigh: 0, sub: 0, valueBytes: 9, records: 1 },
    });
    expect(read(index, last ?? -1, ["mainLow", "mainHigh", "records"])).toEqual({
      ...{ mainLow: 0, mainHigh: 0, records: 1 },
    });
  });

  test("without kind and namespace says so, and a later one takes their place", () => {
    const index = new LiveIndex();
    const entry = index.put(recordOf({ key: "a" }), 1, 2);
    index.identify(entry, -1, -1);
    expect(read(index, entry, ["kind", "namespace", "element"])).toEqual({
      kind: -1,
      namespace: -1,
      element: 2,
    });
    index.identify(entry, 0, 0);
    expect(read(index, entry, ["kind", "namespace", "records"])).toEqual({
      kind: 0,
      namespace: 0,
      records: 1,
    });
  });

  test("counts more records than 14 bits hold, and keeps the namespace", () => {
    const index = new LiveIndex();
    const put = (n: number) => index.put(recordOf({ key: "a", mainLow: n }), n, 0);
    index.identify(put(0), 3, 77);
    for (let n = 1; n < 40_000; n++) {
      put(n);
      if (n === 16_382)
        expect(read(index, 0, ["records", "mainLow"])).toEqual({ records: 16_383, mainLow: n });
    }
    const fields = ["records", "namespace", "mainLow", "kind", "mainHigh"] as const;
    expect(read(index, 0, fields)).toEqual({
      ...{ records: 40_000, namespace: 77, mainLow: 39_999, kind: 3, mainHigh: 0 },
    });
  });

  test("has a hash of its value, none, or none any more", () => {
    const index = new LiveIndex();
    const entry = index.put(recordOf({ key: "a" }), 1, 2);
    const hash = () => [index.get(entry, Field.value1), index.get(entry, Field.value2)];
    expect(hash()).toEqual([0, 0]);
    index.setValue(entry, 5, -6);
    expect(hash()).toEqual([5, -6]);
    index.setValue(entry, 0, 0);
    expect(hash()).toEqual([0, 0]);
  });
});

test("of records in any order the newest stays, as in a Map", () => {
  const word = fc.constantFrom(0, 1, 2, 0x3f, 0x40, 0x7fff_ffff);
  const put = fc.record({
    key: fc.constantFrom("a", "b", "c", "d"),
    mainHigh: word,
    mainLow: fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
    sub: fc.constantFrom(0, 0, 0, 1, 0xffff_ffff),
  });
  fc.assert(
    fc.property(fc.array(put, { maxLength: 30 }), (puts) => {
      const index = new LiveIndex();
      const newest = new Map<
        string,
        { at: readonly number[]; page: number; records: number; entry: number }
      >();
      for (const [page, one] of puts.entries()) {
        const at = [one.mainHigh, one.mainLow, one.sub];
        const known = newest.get(one.key);
        const isNewer = known === undefined || isAbove(at, known.at);
        const entry = index.put(recordOf(one), page, 0);
        expect(entry >= 0).toBe(isNewer);
        const records = (known?.records ?? 0) + 1;
        if (isNewer) newest.set(one.key, { at, page, records, entry });
        else newest.set(one.key, { ...known, records });
      }
      for (const { page, records, entry } of newest.values())
        expect(read(index, entry, ["page", "records"])).toEqual({ page, records });
    }),
  );
});

function isAbove(a: readonly number[], b: readonly number[]): boolean {
  const i = a.findIndex((word, n) => word !== b[n]);
  return i >= 0 && (a[i] ?? 0) > (b[i] ?? 0);
}

test("keys of one index are found in another, also when the table has grown", () => {
  const [a, b] = [new LiveIndex(), new LiveIndex()];
  for (let n = 0; n < 40_000; n++) a.put(recordOf({ key: `key-${n}` }), n, 0);
  for (let n = 39_999; n >= 0; n -= 2) b.put(recordOf({ key: `key-${n}` }), n, 0);
  for (let entry = 0; entry < a.size; entry++) {
    const found = b.find(a, entry);
    expect(found < 0 ? found : b.get(found, Field.page)).toBe(entry % 2 === 0 ? -1 : entry);
  }
});

describe("ranges of leaves", () => {
  const revision = (main: number, sub = 0, high = 0) => {
    const key = Buffer.alloc(17, 0);
    key.writeUInt32BE(high, 0);
    key.writeUInt32BE(main, 4);
    key[8] = 0x5f;
    key.writeUInt32BE(sub, 13);
    return key;
  };
  const holds = (bounds: LeafBounds, leaf: number, mainLow: number) =>
    bounds.hold(leaf, recordOf({ key: "a", mainLow }));

  test("each record lies in the leaf whose range has it, and in no other", () => {
    const step = fc.record({ width: fc.integer({ min: 1, max: 4 }), gap: fc.constantFrom(0, 0, 0, 2) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.boolean(), (steps, isOpen) => {
        const bounds = new LeafBounds();
        const ranges: [number, number][] = [];
        let at = 5;
        for (const [i, { width, gap }] of steps.entries()) {
          const end = isOpen && i === steps.length - 1 ? 1_000_000 : at + width;
          ranges.push([at, end]);
          const upper = end === 1_000_000 ? undefined : revision(end);
          expect(bounds.add({ lower: revision(at), upper })).toBeUndefined();
          at = end + gap;
        }
        for (const [leaf, [from, to]] of ranges.entries())
          for (let main = 0; main < 300; main++)
            expect(holds(bounds, leaf, main)).toBe(main >= from && main < to);
      }),
      { numRuns: 50 },
    );
  });

  test.each<[string, (n: number) => readonly [high: number, low: number, sub: number]]>([
    ["within 32 bits", (n) => [0, 10 + n * 3, 0]],
    ["bumped above 32 bits", (n) => [1, 10 + n * 3, 0]],
    ["across the end of 32 bits", (n) => [n < 2500 ? 0 : 1, n < 2500 ? 0xffff_0000 + n * 3 : n * 3, 0]],
    ["with transactions that write several keys", (n) => [0, 10 + n * 3, n % 1000 === 999 ? 2 : 0]],
    ["with one at the end", (n) => [0, 10 + n * 3, n === 8999 ? 7 : 0]],
  ])("of thousands of leaves each has its own range: %s", (_, begin) => {
    const leaves = 9000;
    const bounds = new LeafBounds();
    const keyOf = (n: number) => {
      const [high, low, sub] = begin(n);
      return revision(low, sub, high);
    };
    for (let n = 0; n < leaves; n++)
      bounds.add({ lower: keyOf(n), upper: n + 1 < leaves ? keyOf(n + 1) : undefined });
    for (let n = 1; n < leaves; n++) {
      const [mainHigh, mainLow, sub] = begin(n);
      const first = recordOf({ key: "a", mainHigh, mainLow, sub });
      const before = recordOf({ key: "a", mainHigh, mainLow: mainLow - 1, sub: 5 });
      expect([bounds.hold(n, first), bounds.hold(n, before)]).toEqual([true, false]);
      expect([bounds.hold(n - 1, first), bounds.hold(n - 1, before)]).toEqual([false, true]);
    }
  });

  test("the only leaf of a tree holds anything", () => {
    const bounds = new LeafBounds();
    bounds.add({ lower: undefined, upper: undefined });
    expect([0, 0xffff_ffff].map((main) => holds(bounds, 0, main))).toEqual([true, true]);
  });

  test("a bound that is no revision is told", () => {
    const bounds = new LeafBounds();
    expect(bounds.add({ lower: Buffer.from("x"), upper: undefined })).toBe(
      "has a key of 1 bytes, not 17 or 18",
    );
    expect(bounds.add({ lower: revision(9), upper: Buffer.from("x") })).toContain("of 1 bytes");
  });
});
