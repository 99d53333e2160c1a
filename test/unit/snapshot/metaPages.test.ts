import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sealMeta } from "../../support/boltWriter";
import { PageEditor } from "../../support/damage";
import { damageScene } from "./damageScene";

const { sound, verify, remove } = damageScene();
let good: Buffer;
beforeAll(() => {
  good = sound();
});
afterAll(remove);

describe("meta pages under a right digest", () => {
  const withMeta = (edit: (e: PageEditor) => void) => {
    const editor = new PageEditor(good);
    edit(editor);
    return verify(editor.sealed());
  };

  test("the meta page with the higher transaction id counts", () => {
    const verdict = withMeta((e) => {
      e.bytes.writeBigUInt64LE(BigInt(e.bucketRoot("meta")), e.at(1) + 32);
      e.bytes.writeBigUInt64LE(1000n, e.at(1) + 64);
      sealMeta(e.bytes, e.at(1));
    });
    expect(verdict).toMatchObject({ valid: false, problem: { code: "structure" } });
  });

  test.each([0, 1])("page %i with a wrong checksum is refused", (page) => {
    const verdict = withMeta((e) => e.flip(e.at(page) + 33));
    expect(verdict).toMatchObject({
      valid: false,
      problem: { code: "meta-invalid", message: expect.stringContaining(`meta page ${page}`) },
    });
  });

  test("both with a wrong checksum are refused", () => {
    const verdict = withMeta((e) => {
      e.flip(33);
      e.flip(e.at(1) + 33);
    });
    expect(verdict).toMatchObject({
      valid: false,
      problem: { message: expect.stringContaining("both meta pages") },
    });
  });

  test.each([
    ["a root page beyond the file", 32, 1n << 40n],
    ["a root page that is a meta page", 32, 1n],
    ["a high-water mark beyond the file", 56, 1n << 50n],
    ["a freelist beyond the file", 48, 1n << 30n],
    ["a freelist that is a leaf", 48, 5n],
  ])("%s is refused", (_, at, value) => {
    const verdict = withMeta((e) => {
      for (const page of [0, 1]) {
        e.bytes.writeBigUInt64LE(value, e.at(page) + at);
        sealMeta(e.bytes, e.at(page));
      }
    });
    expect(verdict.valid).toBe(false);
  });
});
