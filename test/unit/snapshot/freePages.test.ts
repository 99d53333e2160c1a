import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifySnapshotSync } from "../../../snapshot";
import { BoltWriter, sealDigest } from "../../support/boltWriter";
import { PageEditor } from "../../support/damage";
import { keyPair } from "../../support/etcdRecords";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

/** A list of free pages, as `bbolt check` compares it with what is reached; and faults of buckets without a page. */
const directory = scratchDirectory();
let good: Buffer;
beforeAll(() => {
  // two values of 9 kB a leaf: each leaf has overflow pages
  const snapshot = { records: kubernetesRecords(40, 9000), freeEvery: 7, withFreelist: true };
  good = fs.readFileSync(writeSnapshot(directory, "good.db", snapshot));
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

function verify(bytes: Buffer) {
  const file = path.join(directory, "edited.db");
  fs.writeFileSync(file, bytes);
  return verifySnapshotSync(file);
}

function withFree(edit: (free: number[], e: PageEditor) => number[]) {
  const e = new PageEditor(good);
  e.free = edit(e.free, e).sort((a, b) => a - b);
  return verify(e.sealed());
}

/** A leaf of the bucket `key` that has an overflow page. */
function leafOf(e: PageEditor): number {
  const leaf = e.child(e.bucketRoot("key"), 0);
  expect(e.bytes.readUInt32LE(e.at(leaf) + 12)).toBeGreaterThan(0);
  return leaf;
}

describe("the list of free pages", () => {
  test("as bbolt writes it", () => {
    const e = new PageEditor(good);
    expect(e.free.length).toBeGreaterThan(5);
    expect(verify(good)).toMatchObject({ valid: true, pages: { free: e.free.length } });
  });

  test.each<[string, (free: number[], e: PageEditor) => number[], RegExp]>([
    [
      "an overflow page of a leaf",
      (free, e) => [...free, leafOf(e) + 1],
      /claims \d overflow pages, which are in use, listed as free/,
    ],
    ["a leaf", (free, e) => [...free, leafOf(e)], /lists page \d+ as free, which is in use/],
    ["the root page", (free, e) => [...free, e.root], /lists page \d+ as free, which is in use/],
    ["a page twice", (free) => [...free, free[2] ?? 0], /out of order/],
    ["a page beyond the file", (free, e) => [...free, e.pages], /not in the file/],
    ["one page too few", (free) => free.slice(1), /page 7 is neither in use nor listed as free/],
    ["none", () => [], /page 7 is neither in use nor listed as free/],
  ])("%s is refused", (_, edit, sentence) => {
    expect(withFree(edit)).toMatchObject({
      valid: false,
      problem: { code: "structure", message: expect.stringMatching(sentence) },
    });
  });
});

describe("an inline bucket is named for its faults", () => {
  const withInline = (name: string, edit: (bytes: Buffer, page: number) => void) => {
    const file = path.join(directory, "inline.db");
    const writer = new BoltWriter(file);
    const [record] = kubernetesRecords(0);
    if (record === undefined) throw new Error("no record");
    writer.inlineBucket("key", [keyPair(record)]);
    writer.inlineBucket("lease", [
      [Buffer.from("lease--1"), Buffer.alloc(0)],
      [Buffer.from("lease--2"), Buffer.alloc(0)],
    ]);
    writer.inlineBucket("meta", []);
    writer.close();
    const bytes = fs.readFileSync(file);
    const page =
      bytes.indexOf(Buffer.from(name), new PageEditor(bytes).root * 4096 + 16 + 3 * 16) + name.length + 16;
    edit(bytes, page);
    const verdict = verify(sealDigest(bytes));
    return verdict.valid ? "" : verdict.problem.message;
  };

  test("whole", () => expect(withInline("key", () => undefined)).toBe(""));

  test.each<[string, string, (bytes: Buffer, page: number) => void, string]>([
    [
      "a count that does not fit",
      "key",
      (b, page) => b.writeUInt16LE(9999, page + 10),
      'the inline bucket "key" claims 9999 elements',
    ],
    [
      "a page of another kind",
      "key",
      (b, page) => b.writeUInt16LE(1, page + 8),
      'the inline bucket "key" is not a leaf page',
    ],
    [
      "a record that is none",
      "key",
      (b, page) => b.writeUInt8(0xff, page + 16 + 16 + 17),
      'the inline bucket "key" has a record that is no',
    ],
    [
      "an element without a key, which bbolt check accepts and etcd panics on",
      "lease",
      (b, page) => {
        b.writeUInt32LE(0, page + 16 + 8);
        b.writeUInt32LE(8, page + 16 + 12);
      },
      'the inline bucket "lease" has element 0 of 2 without a key',
    ],
    [
      "keys out of order",
      "lease",
      (b, page) => b.write("lease--3", page + 16 + 32),
      'the inline bucket "lease" has keys out of order',
    ],
  ])("%s", (_, name, edit, sentence) => {
    const message = withInline(name, edit);
    expect(message).toContain(sentence);
    expect(message).not.toContain("page 0");
  });
});
