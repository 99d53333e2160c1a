import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeSnapshot } from "../../../snapshot";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

describe("a snapshot that was hashed while it was written", () => {
  const scratch = scratchDirectory();
  const path = writeSnapshot(scratch, "s.db", { records: kubernetesRecords(200) });
  const whole = readFileSync(path);
  afterAll(() => rmSync(scratch, { recursive: true }));

  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  const known = { sha256: sha256(whole), contentSha256: sha256(whole.subarray(0, -32)) };
  const changed = (name: string, change: (bytes: Buffer) => Buffer) => {
    const file = join(scratch, name);
    writeFileSync(file, change(Buffer.from(whole)));
    return file;
  };
  const flip = (at: number) => (bytes: Buffer) => {
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return bytes;
  };

  it("is described as one that is hashed", async () => {
    expect(await describeSnapshot(path, { known })).toEqual(await describeSnapshot(path));
  });

  it.each([
    ["its end", flip(whole.length - 1), /the digest at its end says/],
    ["a page's header", flip(5 * 4096), /page 5/],
    ["its length", (bytes: Buffer) => bytes.subarray(0, -4096), /bytes/],
  ])("is refused when %s is another on the disk", async (what, change, says) => {
    const found = await describeSnapshot(changed(`${what}.db`, change), { known });
    expect(found).toMatchObject({ valid: false, problem: { message: expect.stringMatching(says) } });
  });

  it("is refused with digests that are not its own", async () => {
    const other = { ...known, contentSha256: sha256(Buffer.from("other")) };
    expect(await describeSnapshot(path, { known: other })).toMatchObject({
      valid: false,
      problem: { code: "digest-mismatch" },
    });
  });
});
