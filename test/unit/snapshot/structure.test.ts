import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PageEditor } from "../../support/damage";
import { damageScene } from "./damageScene";

const { sound, verify, remove } = damageScene();
let good: Buffer;
beforeAll(() => {
  good = sound();
});
afterAll(remove);

function edited(edit: (editor: PageEditor, key: number) => void): Buffer {
  const editor = new PageEditor(good);
  edit(editor, editor.bucketRoot("key"));
  return editor.sealed();
}

/** The first leaf of the key bucket, and the leaf behind it. */
function leaves(e: PageEditor, key: number): [number, number] {
  const branch = e.child(key, 0);
  const isLeaf = e.bytes.readUInt16LE(e.at(branch) + 8) === 2;
  return isLeaf ? [branch, e.child(key, 1)] : [e.child(branch, 0), e.child(branch, 1)];
}

const cases: [name: string, edit: (e: PageEditor, key: number) => void, sentence: RegExp][] = [
  ["a child that is its own parent", (e, key) => e.setChild(key, 0, key), /reached twice/],
  ["a child that is the root", (e, key) => e.setChild(key, 1, e.root), /reached twice/],
  [
    "two parents of one leaf",
    (e, key) => {
      const branch = e.child(key, 0);
      e.setChild(branch, 1, e.child(branch, 0));
    },
    /reached twice/,
  ],
  [
    "a child in another bucket",
    (e, key) => e.setChild(e.child(key, 0), 2, e.bucketRoot("meta")),
    /reached twice/,
  ],
  ["a child that is a meta page", (e, key) => e.setChild(key, 0, 1), /outside of the file/],
  ["a child beyond the file", (e, key) => e.setChild(e.child(key, 0), 0, e.pages), /outside of the file/],
  [
    "a child at 2^63",
    (e, key) => e.bytes.writeBigUInt64LE(1n << 63n, e.element(key, 0) + 8),
    /outside of the file/,
  ],
  [
    "an absurd count in a leaf",
    (e, key) => e.bytes.writeUInt16LE(0xffff, e.at(leaves(e, key)[0]) + 10),
    /claims 65535 elements/,
  ],
  [
    "a count too small in a leaf",
    (e, key) => {
      const at = e.at(leaves(e, key)[0]) + 10;
      e.bytes.writeUInt16LE(e.bytes.readUInt16LE(at) - 1, at);
    },
    /at a wrong place/,
  ],
  [
    "a count too large in a leaf",
    (e, key) => {
      const at = e.at(leaves(e, key)[0]) + 10;
      e.bytes.writeUInt16LE(e.bytes.readUInt16LE(at) + 1, at);
    },
    /at a wrong place/,
  ],
  [
    "no elements in a leaf",
    (e, key) => e.bytes.writeUInt16LE(0, e.at(leaves(e, key)[0]) + 10),
    /empty leaf page/,
  ],
  [
    "an absurd count in a branch",
    (e, key) => e.bytes.writeUInt16LE(0x7fff, e.at(key) + 10),
    /claims 32767 elements/,
  ],
  ["no elements in a branch", (e, key) => e.bytes.writeUInt16LE(0, e.at(key) + 10), /empty branch page/],
  ["a wrong page id", (e, key) => e.bytes.writeUInt32LE(7, e.at(leaves(e, key)[0])), /has id 7/],
  ["a wrong branch page id", (e, key) => e.bytes.writeUInt32LE(7, e.at(key)), /has id 7/],
  [
    "two leaves swapped",
    (e, key) => {
      const [a, b] = leaves(e, key);
      const first = Buffer.from(e.bytes.subarray(e.at(a), e.at(a + 1)));
      e.bytes.copy(e.bytes, e.at(a), e.at(b), e.at(b + 1));
      first.copy(e.bytes, e.at(b));
    },
    /has id/,
  ],
  [
    "two children swapped",
    (e, key) => {
      const branch = e.child(key, 0);
      const [a, b] = [e.child(branch, 0), e.child(branch, 1)];
      e.setChild(branch, 0, b);
      e.setChild(branch, 1, a);
    },
    /outside of its parent's range/,
  ],
  [
    "overlapping elements",
    (e, key) => {
      const element = e.element(leaves(e, key)[0], 1);
      e.bytes.writeUInt32LE(e.bytes.readUInt32LE(element + 4) - 8, element + 4);
    },
    /at a wrong place/,
  ],
  [
    "an element beyond the page",
    (e, key) => e.bytes.writeUInt32LE(1 << 30, e.element(leaves(e, key)[0], 2) + 12),
    /reaching beyond/,
  ],
  [
    "a key of 2 GiB",
    (e, key) => e.bytes.writeUInt32LE(0x7fffffff, e.element(leaves(e, key)[0], 0) + 8),
    /reaching beyond/,
  ],
  [
    "flags of a meta page",
    (e, key) => e.bytes.writeUInt16LE(4, e.at(leaves(e, key)[0]) + 8),
    /is a meta page where a leaf/,
  ],
  [
    "flags of a freelist in a branch",
    (e, key) => e.bytes.writeUInt16LE(16, e.at(key) + 8),
    /is a freelist page where/,
  ],
  ["flags of two kinds", (e, key) => e.bytes.writeUInt16LE(3, e.at(leaves(e, key)[1]) + 8), /flags 0x03/],
  [
    "a branch page among leaves",
    (e, key) => e.bytes.writeUInt16LE(1, e.at(leaves(e, key)[1]) + 8),
    /is a branch page where a leaf/,
  ],
  [
    "overflow beyond the file",
    (e, key) => e.bytes.writeUInt32LE(0x7fffffff, e.at(leaves(e, key)[0]) + 12),
    /overflow/,
  ],
  [
    "overflow over the next leaf",
    (e, key) => e.bytes.writeUInt32LE(1, e.at(leaves(e, key)[0]) + 12),
    /overflow/,
  ],
  ["overflow of the root", (e) => e.bytes.writeUInt32LE(5, e.at(e.root) + 12), /overflow/],
  [
    "keys out of order in a leaf",
    (e, key) => {
      const element = e.element(leaves(e, key)[0], 1);
      const position = element + e.bytes.readUInt32LE(element + 4);
      e.bytes.writeBigUInt64BE(1n, position);
    },
    /out of order|says revision/,
  ],
  [
    "branch keys out of order",
    (e, key) => {
      const branch = e.child(key, 0);
      const element = e.element(branch, 1);
      e.bytes.writeBigUInt64BE(1n, element + e.bytes.readUInt32LE(element));
    },
    /out of order/,
  ],
  [
    "a branch key above its leaf",
    (e, key) => {
      const branch = e.child(key, 0);
      const element = e.element(branch, 1);
      const at = element + e.bytes.readUInt32LE(element);
      e.bytes.writeBigUInt64BE(e.bytes.readBigUInt64BE(at) + 1n, at);
    },
    /outside of its parent's range/,
  ],
  [
    "a branch key that is no revision",
    (e, key) => {
      const element = e.element(e.child(key, 0), 1);
      e.bytes[element + e.bytes.readUInt32LE(element) + 8] = 0x20;
    },
    /not a revision/,
  ],
  [
    "a bucket inside the key bucket",
    (e, key) => e.bytes.writeUInt32LE(1, e.element(leaves(e, key)[0], 0)),
    /bucket inside/,
  ],
  [
    "unknown element flags",
    (e, key) => e.bytes.writeUInt32LE(2, e.element(leaves(e, key)[0], 0)),
    /unknown flags/,
  ],
  ["a plain key in the root", (e) => e.bytes.writeUInt32LE(0, e.element(e.root, 0)), /only buckets belong/],
  [
    "a zeroed leaf",
    (e, key) => e.bytes.fill(0, e.at(leaves(e, key)[1]), e.at(leaves(e, key)[1] + 1)),
    /has id 0/,
  ],
  ["a zeroed root", (e) => e.bytes.fill(0, e.at(e.root), e.at(e.root + 1)), /has id 0/],
  [
    "a revision that its record denies",
    (e, key) => {
      const element = e.element(leaves(e, key)[0], 0);
      const position = element + e.bytes.readUInt32LE(element + 4) + 17;
      const text = e.bytes.indexOf(Buffer.from([0x18]), position + 2 + (e.bytes[position + 1] ?? 0));
      e.bytes[text + 1] = 0x55;
    },
    /says revision|created later/,
  ],
  [
    "a record that is no KeyValue",
    (e, key) => {
      const element = e.element(leaves(e, key)[0], 0);
      e.bytes[element + e.bytes.readUInt32LE(element + 4) + 17] = 0xff;
    },
    /is not an mvccpb.KeyValue/,
  ],
];

describe("structure broken under a right digest", () => {
  test("the file itself is good", () => {
    expect(verify(good)).toMatchObject({ valid: true, keys: 3001, revision: 3002n });
  });

  test.each(cases)("%s is refused", (_, edit, sentence) => {
    const verdict = verify(edited(edit));
    expect(verdict.valid).toBe(false);
    if (verdict.valid) return;
    expect(verdict.problem.message).toMatch(sentence);
    expect(verdict.problem.code).toMatch(/^(structure|content)$/);
    expect(verdict.problem.message).not.toMatch(/\n| at .*\.ts/);
  });
});
