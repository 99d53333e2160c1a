import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as zlib from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifySnapshot, verifySnapshotSync } from "../../../snapshot";
import { PageEditor } from "../../support/damage";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

/** The rows of the table of bad snapshot files, each against the sentence it must give. */
const directory = scratchDirectory();
let good: Buffer;
const random = Buffer.alloc(100_000);

beforeAll(() => {
  const records = kubernetesRecords(800, 900);
  good = fs.readFileSync(writeSnapshot(directory, "good.db", { records, freeEvery: 20 }));
  for (let i = 0, state = 1; i < random.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    random[i] = state >>> 16;
  }
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

function crlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll("\n", "\r\n"), "latin1");
}

function flipped(bytes: Buffer, at: number, bit = 0): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}

const half = () => good.subarray(0, Math.floor(good.length / 2 / 4096) * 4096);
const rows: [row: string, bytes: () => Buffer, code: string, sentence: RegExp][] = [
  ["1 empty", () => Buffer.alloc(0), "empty", /is an empty file/],
  ["2 less than 32 bytes", () => good.subarray(0, 31), "too-small", /too small \(31 bytes\).*2 pages/],
  ["2 less than a page", () => good.subarray(0, 60), "too-small", /too small \(60 bytes\)/],
  [
    "3 text",
    () => Buffer.from("Error from server (Forbidden): pods is forbidden"),
    "not-bolt",
    /starts with "Error from server/,
  ],
  [
    "4 HTML",
    () => Buffer.from(`<!DOCTYPE html>\n<html>${" ".repeat(9000)}</html>`),
    "not-bolt",
    /starts with "<!DOCTYPE html>/,
  ],
  ["5 random bytes", () => random, "not-bolt", /no bbolt magic 0xED0CDAED in page 0 or 1/],
  ["5 zeros", () => Buffer.alloc(20_000), "not-bolt", /no bbolt magic/],
  [
    "6 tar",
    () => Buffer.concat([Buffer.alloc(257), Buffer.from("ustar\0"), Buffer.alloc(20_000)]),
    "not-bolt",
    /is a tar archive/,
  ],
  [
    "6 xz",
    () => Buffer.concat([Buffer.from("fd377a585a00", "hex"), random]),
    "not-bolt",
    /is compressed with xz/,
  ],
  ["6 base64", () => Buffer.from(good.toString("base64")), "not-bolt", /is base64 text/],
  [
    "6 gzip, cut",
    () => zlib.gzipSync(good).subarray(0, 3000),
    "compressed-damaged",
    /cannot be unpacked as gzip/,
  ],
  [
    "9 cut in half, page-aligned",
    half,
    "truncated",
    /is truncated: the file has \d+ bytes, its meta page says \d+/,
  ],
  [
    "10 cut in half + 32 bytes",
    () => Buffer.concat([half(), Buffer.alloc(32, 7)]),
    "truncated",
    /is truncated/,
  ],
  ["10 one page", () => good.subarray(0, 4096), "truncated", /is truncated: the file has 4096 bytes/],
  ["11 one byte cut off", () => good.subarray(0, -1), "truncated", /1 byte short/],
  ["12 digest cut off", () => good.subarray(0, -32), "no-digest", /no digest/],
  [
    "13 newline at the end",
    () => Buffer.concat([good, Buffer.from("\n")]),
    "trailing-bytes",
    /1 byte after the digest/,
  ],
  [
    "13 a page of garbage less the digest",
    () => Buffer.concat([good, Buffer.alloc(4096 - 32, 9)]),
    "trailing-bytes",
    /4064 bytes after/,
  ],
  ["14 CRLF", () => crlf(good), "crlf-converted", /CRLF-converted/],
  ["14 through UTF-8", () => Buffer.from(good.toString("utf8")), "text-converted", /UTF-8 text/],
  [
    "15 a bit of a value",
    () => flipped(good, good.indexOf("aaaaaaaaaa") + 5),
    "digest-mismatch",
    /all pages parse/,
  ],
  [
    "16 a bit of meta page 0",
    () => flipped(good, 16 + 50),
    "meta-invalid",
    /meta page 0 has a wrong checksum/,
  ],
  [
    "16 a bit in a page header",
    () => flipped(good, 4096 * new PageEditor(good).bucketRoot("key") + 8, 3),
    "digest-mismatch",
    /digest at its end/,
  ],
  [
    "17 both meta pages",
    () => flipped(flipped(good, 40), 4096 + 40),
    "meta-invalid",
    /both meta pages are invalid/,
  ],
  [
    "18 64 KiB zeroed",
    () => Buffer.from(good).fill(0, 4096 * 8, 4096 * 24),
    "digest-mismatch",
    /page 8 .*page 9 .*and \d+ more/,
  ],
  [
    "19 only the digest",
    () => flipped(good, good.length - 1),
    "digest-mismatch",
    /all pages parse, so a value or the digest itself/,
  ],
  [
    "26 encrypted with age",
    () => Buffer.concat([Buffer.from("age-encryption.org/v1\n-> X25519 abc\n"), random]),
    "not-bolt",
    /is encrypted with age/,
  ],
  [
    "26 encrypted with openssl",
    () => Buffer.concat([Buffer.from("Salted__"), random]),
    "not-bolt",
    /is encrypted with openssl/,
  ],
  [
    "21 a raw database",
    () => Buffer.concat([good.subarray(0, -32), Buffer.alloc(4096 * 10)]),
    "no-digest",
    /no digest.*data directory/,
  ],
];

describe("bad snapshot files", () => {
  test.each(rows)("row %s", async (row, bytes, code, sentence) => {
    const file = path.join(directory, `bad-${row.replace(/\W/g, "-")}`);
    fs.writeFileSync(file, bytes());
    const verdict = await verifySnapshot(file);
    expect(verdict).toEqual(verifySnapshotSync(file));
    expect(verdict).toMatchObject({
      valid: false,
      problem: { code, message: expect.stringMatching(sentence) },
    });
    if (!verdict.valid)
      expect(verdict.problem.message.startsWith(`${file}: `) && !verdict.problem.message.includes("\n")).toBe(
        true,
      );
    expect(fs.readFileSync(file).equals(bytes())).toBe(true);
  });

  test("row 7: by type, before opening", () => {
    const fifo = path.join(directory, "fifo");
    execFileSync("mkfifo", [fifo]);
    const sentence = (file: string) => {
      const verdict = verifySnapshotSync(file);
      return verdict.valid ? "" : verdict.problem.message;
    };
    expect(sentence(directory)).toContain("is a directory");
    expect(sentence(fifo)).toContain("is a FIFO");
    expect(sentence("/dev/null")).toContain("is a device");
  });

  test("row 8: missing and unreadable, with the errno", () => {
    const missing = verifySnapshotSync(path.join(directory, "missing"));
    expect(missing).toMatchObject({
      valid: false,
      problem: { code: "not-found", message: expect.stringContaining("ENOENT") },
    });
    const below = verifySnapshotSync(path.join(directory, "good.db", "file"));
    expect(below).toMatchObject({ valid: false, problem: { message: expect.stringContaining("ENOTDIR") } });
  });

  test("row 20: another program's bolt file", () => {
    const file = writeSnapshot(directory, "other.db", { records: [] });
    const editor = new PageEditor(fs.readFileSync(file));
    editor.bytes.write("kex", editor.bytes.indexOf("key", editor.at(editor.root)));
    fs.writeFileSync(file, editor.sealed());
    expect(verifySnapshotSync(file)).toMatchObject({
      valid: false,
      problem: { code: "not-etcd", message: expect.stringContaining('no bucket "key"') },
    });
  });

  test("rows 12 and 21 are read when asked for, and say what is not proven", () => {
    const cut = path.join(directory, "unhashed.db");
    fs.writeFileSync(cut, good.subarray(0, -32));
    const raw = path.join(directory, "raw.db");
    fs.writeFileSync(raw, Buffer.concat([good.subarray(0, -32), Buffer.alloc(4096 * 10)]));
    for (const file of [cut, raw]) {
      const verdict = verifySnapshotSync(file, { allowUnhashed: true });
      expect(verdict).toMatchObject({
        valid: true,
        hashed: false,
        keys: 801,
        warnings: [{ code: "unhashed" }],
      });
    }
    fs.writeFileSync(cut, good.subarray(0, -33));
    expect(verifySnapshotSync(cut, { allowUnhashed: true })).toMatchObject({ valid: false });
  });

  test.each([
    ["its first 512 bytes zeroed", (bytes: Buffer) => bytes.fill(0, 0, 512), "has no bbolt magic 0xED0CDAED"],
    ["a flipped bit", (bytes: Buffer) => flipped(bytes, 60), "has a wrong checksum"],
  ])(
    "a raw database whose newest meta page has %s is read one transaction older, and says so",
    (_, damage, fault) => {
      const file = path.join(directory, "older.db");
      // meta page 0 says transaction 8, meta page 1 says 7
      fs.writeFileSync(file, damage(Buffer.from(good.subarray(0, -32))));
      const verdict = verifySnapshotSync(file, { allowUnhashed: true });
      expect(verdict).toMatchObject({
        valid: true,
        keys: 801,
        warnings: [
          { code: "unhashed" },
          {
            code: "older-transaction",
            message: `Meta page 0 ${fault}: the file is read as of transaction 7, which may be one older than its last. etcd does the same, and says nothing.`,
          },
        ],
      });
      expect(verifySnapshotSync(file)).toMatchObject({ valid: false });
    },
  );

  test.each(["gzip", "zstd"])("a %s snapshot is read as it is", (format) => {
    const file = path.join(directory, `packed.${format}`);
    fs.writeFileSync(
      file,
      format === "gzip" ? zlib.gzipSync(good) : execFileSync("zstd", ["-qc"], { input: good }),
    );
    const packed = verifySnapshotSync(file);
    const plain = verifySnapshotSync(path.join(directory, "good.db"));
    expect(packed).toEqual({ ...plain, packed: { format, sizeBytes: fs.statSync(file).size } });
  });
});
