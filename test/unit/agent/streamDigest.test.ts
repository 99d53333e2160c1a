import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { StreamDigest } from "../../../snapshot/streamDigest";
import { scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

describe("the digest of a snapshot that comes as a stream", () => {
  const scratch = scratchDirectory();
  const whole = readFileSync(writeSnapshot(scratch, "s.db", { records: [] }));
  afterAll(() => rmSync(scratch, { recursive: true }));

  const finish = (bytes: Buffer, size: number) => {
    const digest = new StreamDigest();
    for (let at = 0; at < bytes.length; at += size) digest.update(bytes.subarray(at, at + size));
    return { ...digest.finish(), bytes: digest.bytes };
  };
  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

  it.each([1, 31, 32, 33, 4096, 1 << 20])("is the file's in pieces of %d bytes", (size) => {
    const contentSha256 = sha256(whole.subarray(0, -32));
    const digests = { sha256: sha256(whole), contentSha256 };
    expect(finish(whole, size)).toEqual({ isWhole: true, ...digests, bytes: whole.length });
  });

  it.each([0, 1, 31, 32, 512, 4096])("%d bytes too few are not whole", (missing) => {
    const bytes = whole.subarray(0, whole.length - missing);
    expect(finish(bytes, 100)).toMatchObject({ isWhole: missing === 0, sha256: sha256(bytes) });
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(missing) ^ 1, missing);
    expect(finish(flipped, 100).isWhole).toBe(false);
  });
});
