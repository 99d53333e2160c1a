import * as fs from "node:fs";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { diffSnapshotsSync } from "../../../snapshot";
import { Beside } from "../../../snapshot/file/beside";
import { ValueHash } from "../../../snapshot/mvcc/valueHash";
import type { TestRecord } from "../../support/etcdRecords";
import {
  kubernetesRecords,
  scratchDirectory,
  type TestSnapshot,
  writeSnapshot,
} from "../../support/testSnapshot";

/** Pages that two files have in the same place are compared as they are read, and their values are not hashed. */
const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Three windows of a mebibyte. */
const records = kubernetesRecords(400, 6000);
const write = (name: string, snapshot: Partial<TestSnapshot> = {}) =>
  writeSnapshot(directory, name, { records, ...snapshot });
/** The record with its last byte changed: of the same length, at the same revision, as in a cluster that was forked. */
function forked(record: TestRecord): TestRecord {
  const value = Buffer.from(record.value as Buffer);
  value[value.length - 1] = 0x7a;
  return { ...record, value };
}

const before = write("before.db");

describe("values that lie in the same place", () => {
  test("are not hashed", () => {
    const update = vi.spyOn(ValueHash.prototype, "update");
    expect(diffSnapshotsSync(before, write("copy.db"))).toMatchObject({ added: 0, removed: 0, changed: 0 });
    expect(update.mock.calls.length).toBeLessThan(20);
  });

  test.each([0, 1, 127, 128, 255, 399])("differ though their revision is one: object %i", (n) => {
    const file = write("forked.db", { records: records.map((one, i) => (i === n + 1 ? forked(one) : one)) });
    expect(diffSnapshotsSync(before, file)).toMatchObject({ changed: 1, items: [{ name: `map-${n}` }] });
  });

  test("are hashed where they lie elsewhere, and are the same", () => {
    const update = vi.spyOn(ValueHash.prototype, "update");
    const file = write("elsewhere.db", { freeEvery: 3 });
    expect(diffSnapshotsSync(before, file)).toMatchObject({ added: 0, removed: 0, changed: 0 });
    expect(update.mock.calls.length).toBeGreaterThan(records.length);
  });

  test("of pages of another size are none", () => {
    const file = write("pages.db", { pageSize: 8192 });
    expect(diffSnapshotsSync(before, file)).toMatchObject({ added: 0, removed: 0, changed: 0 });
  });

  test.each([
    [".gz", ""],
    ["", ".gz"],
    [".gz", ".gz"],
  ])("of packed files, which come late: %s beside %s", (first, second) => {
    const later = write("later.db", { records: records.slice(0, -1) });
    for (const file of [before, later]) fs.writeFileSync(`${file}.gz`, zlib.gzipSync(fs.readFileSync(file)));
    const update = vi.spyOn(ValueHash.prototype, "update");
    const found = diffSnapshotsSync(`${before}${first}`, `${later}${second}`);
    expect(found).toMatchObject({ added: 0, removed: 1, changed: 0 });
    expect(update.mock.calls.length).toBeLessThan(40);
  });
});

test("what differs is what a plain comparison of the records finds", () => {
  const edit = fc.record({ object: fc.nat(119), what: fc.constantFrom("fork", "touch", "change", "delete") });
  const all = kubernetesRecords(120, 5000);
  const base = writeSnapshot(directory, "base.db", { records: all });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), fc.constantFrom(0, 0, 7), (edits, freeEvery) => {
      const later: TestRecord[] = [...all];
      let revision = 1000n;
      for (const { object, what } of edits) {
        const first = all[object + 1] as TestRecord;
        if (what === "fork") later[object + 1] = forked(first);
        else {
          const { value, ...deleted } = { ...forked(first), revision: ++revision, created: 2n, version: 2 };
          const touched = { ...deleted, value: what === "touch" ? first.value : value };
          later.push((what === "delete" ? deleted : touched) as TestRecord);
        }
      }
      const file = writeSnapshot(directory, "edited.db", { records: later, freeEvery });
      const [a, b] = [stateOf(all), stateOf(later)];
      const changed = [...a]
        .filter(([key, value]) => b.get(key)?.equals(value) === false)
        .map(([key]) => key);
      const removed = [...a.keys()].filter((key) => b.get(key) === undefined);
      const found = diffSnapshotsSync(base, file);
      const of = (change: string) =>
        found.valid ? found.items.filter((item) => item.change === change).map(({ key }) => key) : [];
      expect([of("changed"), of("removed"), of("added")]).toEqual([changed.sort(), removed.sort(), []]);
    }),
    { numRuns: 40 },
  );
});

function stateOf(all: readonly TestRecord[]): Map<string, Buffer> {
  const state = new Map<string, Buffer>();
  for (const { key, value } of all) {
    if (value === undefined) state.delete(key);
    else state.set(key, value as Buffer);
  }
  return state;
}

describe("two windows", () => {
  const windowOf = (position: number, ...blocks: number[]) => {
    const beside = new Beside();
    beside.offer(Buffer.concat(blocks.map((byte) => Buffer.alloc(4096, byte))), position);
    return beside;
  };

  test.each<[string, number, number, boolean]>([
    ["within a block that is the same", 100, 200, true],
    ["over two that are", 4000, 200, true],
    ["into one that is not", 8000, 200, false],
    ["beyond one that is not", 4096, 3 * 4096, false],
    ["behind it", 3 * 4096, 4096, true],
    ["beyond the shorter one", 3 * 4096, 4097, false],
  ])("%s", (_, start, length, isSame) => {
    const [a, b] = [windowOf(0, 1, 2, 3, 4, 5), windowOf(0, 1, 2, 9, 4)];
    a.compare(b);
    expect([a.isSame(start, length), b.isSame(start, length)]).toEqual([isSame, isSame]);
  });

  test("of different places, and those that were not compared, have nothing in common", () => {
    const [a, b] = [windowOf(0, 1), windowOf(4096, 1)];
    a.compare(b);
    expect(a.isSame(0, 10)).toBe(false);
    b.offer(Buffer.alloc(4096, 1), 0);
    a.compare(b);
    expect(b.isSame(0, 10)).toBe(true);
    b.offer(Buffer.alloc(4096, 1), 4096);
    expect(b.isSame(0, 10)).toBe(false);
  });

  test("the rest of a block is never the same", () => {
    const [a, b] = [windowOf(0), windowOf(0)];
    for (const one of [a, b]) one.offer(Buffer.alloc(5000, 1), 0);
    a.compare(b);
    expect([a.isSame(0, 4096), a.isSame(4000, 100)]).toEqual([true, false]);
  });
});
