import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as zlib from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { verifySnapshotSync } from "../../../snapshot";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

/** Packed files that are no bombs, or no longer whole, and the three ways to unpack zstd. */
const directory = scratchDirectory();
let good: Buffer;
const PATH = process.env.PATH;
beforeAll(() => {
  good = fs.readFileSync(writeSnapshot(directory, "good.db", { records: kubernetesRecords(300, 900) }));
});
afterEach(() => {
  process.env.PATH = PATH;
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

const zstd = (bytes: Buffer, ...flags: string[]) =>
  execFileSync("zstd", ["-qc", ...flags], { input: bytes, maxBuffer: 1 << 28 });
const file = (name: string, bytes: Buffer) => {
  fs.writeFileSync(path.join(directory, name), bytes);
  return path.join(directory, name);
};
const message = (name: string, bytes: Buffer) => {
  const verdict = verifySnapshotSync(file(name, bytes));
  return verdict.valid ? "" : verdict.problem.message;
};

describe("packed files", () => {
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["gzip", (bytes) => zlib.gzipSync(bytes)],
    ["zstd", zstd],
  ])("a fresh database of a data directory in %s: 16 MiB of which 20 kB are in use", (format, pack) => {
    const raw = Buffer.concat([good.subarray(0, -32), Buffer.alloc(16 << 20)]);
    const name = file(`fresh.${format}`, pack(raw));
    const verdict = verifySnapshotSync(name, { allowUnhashed: true });
    expect(verdict.valid ? verdict.keys : verdict.problem.message).toBe(301);
    expect(verifySnapshotSync(name)).toMatchObject({ valid: false, problem: { code: "no-digest" } });
  });

  test("a bomb is still one", () => {
    const bomb = Buffer.concat([good, Buffer.alloc(100 << 20)]);
    expect(message("bomb.gz", zlib.gzipSync(bomb))).toContain("unpacks to far more than");
    expect(message("bomb.zst", zstd(bomb))).toContain("unpacks to far more than");
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["gzip", (bytes) => zlib.gzipSync(bytes)],
    ["zstd", zstd],
  ])("bytes behind the end of %s are said to be there", (format, pack) => {
    const packed = Buffer.concat([pack(good), Buffer.from("Connection closed.\n")]);
    expect(message(`trailing.${format}`, packed)).toMatch(
      new RegExp(`cannot be unpacked as ${format}: other bytes follow the end of its compressed data\\.$`),
    );
  });

  test("nothing, packed, is said to be nothing", () => {
    expect(message("nothing.gz", zlib.gzipSync(Buffer.alloc(0)))).toMatch(
      /: unpacks to nothing: .*gzip was empty\.$/,
    );
  });

  test("two members, one after the other, are one file", () => {
    const parts = [good.subarray(0, 50_000), good.subarray(50_000)];
    for (const pack of [zlib.gzipSync, zstd])
      expect(message("two-members", Buffer.concat(parts.map((part) => pack(part))))).toBe("");
  });

  test("without the zstd program", () => {
    const packed = file("program.zst", zstd(good));
    const byProgram = verifySnapshotSync(packed);
    process.env.PATH = directory;
    expect(verifySnapshotSync(packed)).toEqual(byProgram);
    expect(byProgram).toMatchObject({ valid: true, packed: { format: "zstd" } });
    const bytes = fs.readFileSync(packed);
    for (const left of [2000, bytes.length - 1])
      expect(message("cut.zst", bytes.subarray(0, left))).toContain("cannot be unpacked as zstd");
  });

  test("with the zstd program, which is asked first where zlib has none", () => {
    const packed = file("logged.zst", zstd(good));
    const bin = path.join(directory, "bin");
    fs.mkdirSync(bin);
    const log = path.join(bin, "log");
    fs.writeFileSync(
      path.join(bin, "zstd"),
      `#!/bin/sh\necho "$@" >${log}\nexec /usr/bin/env PATH="${PATH}" zstd "$@"\n`,
      { mode: 0o755 },
    );
    process.env.PATH = `${bin}:${PATH}`;
    expect(verifySnapshotSync(packed)).toMatchObject({ valid: true });
    const hasOwn = "createZstdDecompress" in zlib;
    expect(fs.existsSync(log) ? fs.readFileSync(log, "utf8") : "").toBe(hasOwn ? "" : "-dcq\n");
  });
});

describe("a value over 64 MiB", () => {
  test("is said to be one, and no damage", () => {
    const large = { revision: 4n, key: "/registry/large", value: Buffer.alloc(65 << 20, 1) };
    const name = writeSnapshot(directory, "large.db", { records: [...kubernetesRecords(1), large] });
    expect(verifySnapshotSync(name)).toMatchObject({
      valid: false,
      problem: {
        code: "too-large-value",
        message: expect.stringMatching(/holds a value of about 65 MiB in page \d+; no more/),
      },
    });
  });
});
