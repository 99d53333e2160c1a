import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readEtcdutl } from "../../components/admission/etcdutlFile";
import { refusal } from "../support/refusals";
import { scratchDirectory } from "../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => rmSync(directory, { recursive: true }));

describe("restore.etcdutl", () => {
  const elf = (type: number) => {
    const bytes = Buffer.alloc(128);
    Buffer.from("7f454c46020101", "hex").copy(bytes);
    bytes.writeBigUInt64LE(64n, 32);
    bytes.writeUInt16LE(56, 54);
    bytes.writeUInt16LE(1, 56);
    bytes.writeUInt32LE(type, 64);
    return bytes;
  };
  const file = (name: string, bytes: Buffer) => {
    writeFileSync(join(directory, name), bytes);
    return join(directory, name);
  };
  it("takes a static program, with its length and digest", async () => {
    const path = file("static", elf(1));
    expect(await readEtcdutl(path)).toEqual({
      path,
      sizeBytes: 128,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
  it.each([
    ["a dynamic one", () => file("dynamic", elf(3)), /linked dynamically/],
    ["a script", () => file("script", Buffer.from("#!/bin/sh\n")), /not a program for Linux/],
    ["an empty file", () => file("nothing", Buffer.alloc(0)), /not a program for Linux/],
    ["a directory", () => directory, /not a file/],
    ["nothing", () => join(directory, "none"), /cannot be opened: ENOENT/],
  ])("refuses %s", async (_, path, sentence) => {
    const refused = await refusal(readEtcdutl(path()));
    expect(refused.message).toMatch(sentence);
    expect(refused.remedy).toContain("pulumi config set --path restore.etcdutl PATH");
  });
});
