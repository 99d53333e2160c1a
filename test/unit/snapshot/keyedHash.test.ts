import * as fs from "node:fs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { diffSnapshotsSync } from "../../../snapshot";
import { KeyedHash } from "../../../snapshot/keyedHash";
import { Interner } from "../../../snapshot/kubernetes/interner";
import { KeyRecord } from "../../../snapshot/mvcc/keyRecord";
import { LiveIndex } from "../../../snapshot/mvcc/liveIndex";
import { ValueHash } from "../../../snapshot/mvcc/valueHash";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

test("the vectors of HalfSipHash-2-4 with 64 bits, by its authors", () => {
  const hash = new KeyedHash({ key: [0x0302_0100, 0x0706_0504], rounds: [2, 4] });
  const input = Buffer.from([0, 1, 2, 3, 4, 5]);
  const vectors = ["218d1f59b9b83cc8", "be552412f8387315", "064f39ef7c50eb57", "ce0f1a45f7060679"];
  for (const [length, vector] of vectors.entries()) {
    hash.update(input, 0, length);
    const found = Buffer.alloc(8);
    found.writeInt32LE(hash.first, 0);
    found.writeInt32LE(hash.second, 4);
    expect(found.toString("hex")).toBe(vector);
  }
});

/** CPU time of `act`, in ms. */
function cpuOf(act: () => void): number {
  const before = process.cpuUsage();
  act();
  return process.cpuUsage(before).user / 1000;
}

describe("keys that are made to meet in a table cost no more than others", () => {
  const COUNT = 1 << 14;
  const numbers = Array.from({ length: COUNT }, (_, i) => i);

  /** Pairs of words that differ in the bits which a multiplication and one shift carry over: equal for any seed. */
  function metKey(n: number): Buffer {
    const key = Buffer.alloc(14 * 8, 0x61);
    for (let bit = 0; bit < 14; bit++) {
      if (((n >> bit) & 1) === 0) continue;
      key.writeUInt32LE((key.readUInt32LE(bit * 8) ^ 0x8000_0000) >>> 0, bit * 8);
      key.writeUInt32LE((key.readUInt32LE(bit * 8 + 4) ^ 0x8001_0000) >>> 0, bit * 8 + 4);
    }
    return key;
  }

  function fill(keys: readonly Buffer[]): number {
    const index = new LiveIndex();
    const record = new KeyRecord();
    return cpuOf(() => {
      for (const key of keys) {
        record.bytes = key;
        record.view = new DataView(key.buffer, key.byteOffset, key.byteLength);
        record.keyStart = 0;
        record.keyEnd = key.length;
        index.put(record, 1, 1);
      }
      expect(index.size).toBe(keys.length);
    });
  }

  test("keys of etcd", () => {
    const plain = numbers.map((n) => Buffer.from(`${n}`.padEnd(14 * 8, "a")));
    fill(plain);
    expect(fill(numbers.map(metKey))).toBeLessThan(200 + 5 * fill(plain));
  });

  const blockOf = (n: number) => (Math.imul(n, 0x9e37_79b1) >>> 0).toString(36).padStart(7, "0");

  /** FNV-1a, which needs no seed to be met. */
  function fnv1a(state: number, text: string): number {
    let hash = state;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
    return hash;
  }

  /** Two blocks that take FNV-1a from one state to the same next one, by the birthday paradox. */
  function meetingBlocks(state: number): { blocks: [string, string]; state: number } {
    const seen = new Int32Array(1 << 22).fill(-1);
    for (let n = 0; ; n++) {
      const hash = fnv1a(state, blockOf(n));
      const other = seen[hash >>> 10] ?? -1;
      if (other >= 0 && fnv1a(state, blockOf(other)) === hash)
        return { blocks: [blockOf(other), blockOf(n)], state: hash };
      seen[hash >>> 10] = n;
    }
  }

  test("namespaces and kinds", () => {
    const blocks: [string, string][] = [];
    for (let state = 0x811c_9dc5; blocks.length < 14; ) {
      const met = meetingBlocks(state);
      blocks.push(met.blocks);
      state = met.state;
    }
    const texts = numbers.map((n) => Buffer.from(blocks.map((pair, bit) => pair[(n >> bit) & 1]).join("")));
    const plain = numbers.map((n) => Buffer.from(`${n}`.padEnd(98, "a")));
    const intern = (all: readonly Buffer[]) => {
      const interner = new Interner(COUNT, 253);
      return cpuOf(() => {
        for (const text of all) interner.idOf(text, 0, text.length);
        expect(interner.size).toBe(COUNT);
      });
    };
    intern(plain);
    expect(intern(texts)).toBeLessThan(200 + 5 * intern(plain));
  });
});

test("an interner takes no more than its limits", () => {
  const interner = new Interner(2, 3);
  const ids = ["abc", "abcd", "b", "c", "abc"].map((text) =>
    interner.idOf(Buffer.from(text), 0, text.length),
  );
  expect(ids).toEqual([0, Interner.REFUSED, 1, Interner.REFUSED, 0]);
});

test("diff compares bytes where revisions differ and the hashes meet", () => {
  const records = kubernetesRecords(2);
  const [, first] = records;
  if (first?.value === undefined) throw new Error("no value");
  const other = Buffer.from(first.value as Buffer);
  other[other.length - 1] = 0x7a;
  const before = writeSnapshot(directory, "before.db", { records });
  const later = { ...first, revision: 9n, created: first.revision, version: 2 };
  const changed = writeSnapshot(directory, "changed.db", {
    records: [...records, { ...later, value: other }],
  });
  const same = writeSnapshot(directory, "same.db", { records: [...records, later] });
  const update = vi.spyOn(ValueHash.prototype, "update").mockImplementation(() => undefined);
  try {
    expect(diffSnapshotsSync(before, changed)).toMatchObject({ changed: 1, items: [{ name: "map-0" }] });
    expect(diffSnapshotsSync(before, same)).toMatchObject({ changed: 0 });
    expect(update).toHaveBeenCalled();
  } finally {
    update.mockRestore();
  }
});
