import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as zlib from "node:zlib";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { getObject, verifySnapshot, verifySnapshotSync } from "../../../snapshot";
import { SnapshotFile } from "../../../snapshot/file/snapshotFile";
import { metaPage } from "../../support/boltWriter";
import { field, number } from "../../support/etcdRecords";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));
const file = (name: string) => path.join(directory, name);

let plain: string;
beforeAll(() => {
  plain = writeSnapshot(directory, "plain.db", { records: kubernetesRecords(300, 900) });
});

describe("a temporary directory that is none", () => {
  const before = process.env.TMPDIR;
  afterEach(() => {
    process.env.TMPDIR = before;
    if (before === undefined) delete process.env.TMPDIR;
  });

  test.each([
    ["missing", "/nonexistent/tmp", "ENOENT"],
    ["a file", "/etc/hostname", "ENOTDIR"],
    ["read-only", "/proc", "ENOENT"],
  ])("%s", (_, tmp, errno) => {
    fs.writeFileSync(file("p.gz"), zlib.gzipSync(fs.readFileSync(plain)));
    process.env.TMPDIR = tmp;
    expect(verifySnapshotSync(file("p.gz"))).toMatchObject({
      valid: false,
      problem: { code: "no-temporary-file", message: expect.stringContaining(`in ${tmp}: ${errno}`) },
    });
    expect(verifySnapshotSync(plain)).toMatchObject({ valid: true });
  });
});

test("a sparse file of terabytes is refused at once", () => {
  const pages = 2 ** 30;
  const fd = fs.openSync(file("sparse.db"), "w");
  for (const page of [0, 1]) fs.writeSync(fd, metaPage(page, 4096, 3, pages, 5 + page), 0, 4096, page * 4096);
  fs.ftruncateSync(fd, pages * 4096 + 32);
  fs.closeSync(fd);
  const began = Date.now();
  for (const allowUnhashed of [true, false]) {
    expect(verifySnapshotSync(file("sparse.db"), { allowUnhashed })).toMatchObject({
      valid: false,
      problem: { code: "sparse", message: expect.stringContaining(`of its ${pages * 4096 + 32} bytes`) },
    });
  }
  expect(Date.now() - began).toBeLessThan(2_000);
});

describe("a file that is cut while it is read", () => {
  afterEach(() => vi.restoreAllMocks());

  test.each([1, 3, 5, 9, 20])("after %i reads", async (reads) => {
    fs.copyFileSync(plain, file("cut.db"));
    const { readInto } = SnapshotFile.prototype;
    let left = reads;
    vi.spyOn(SnapshotFile.prototype, "readInto").mockImplementation(function (this: SnapshotFile, ...args) {
      if (left-- === 0) fs.truncateSync(file("cut.db"), 8192);
      return readInto.apply(this, args);
    });
    expect(verifySnapshotSync(file("cut.db"))).toMatchObject({
      valid: false,
      problem: { code: expect.stringMatching(/^(changed-while-reading|truncated)$/) },
    });
  });

  test("after it was verified", async () => {
    fs.copyFileSync(plain, file("cut.db"));
    const wanted = { kind: "configmap", namespace: "default", name: "map-200" };
    const { hasChanged } = SnapshotFile.prototype;
    vi.spyOn(SnapshotFile.prototype, "hasChanged").mockImplementationOnce(function (this: SnapshotFile) {
      const changed = hasChanged.call(this);
      fs.truncateSync(file("cut.db"), 8192);
      return changed;
    });
    const found = getObject(file("cut.db"), wanted);
    expect(await found).toMatchObject({ valid: false, problem: { code: "changed-while-reading" } });
  });
});

test("a bundle without the threads' files reads plain files, and says what it cannot do", async () => {
  const entry = path.join(__dirname, "..", "..", "..", "snapshot", "index.ts");
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile: file("bundle.cjs"),
  });
  const large = writeSnapshot(directory, "large.db", { records: kubernetesRecords(26, 1_000_000) });
  fs.writeFileSync(file("large.gz"), zlib.gzipSync(fs.readFileSync(large), { level: 1 }));
  const program = `const { verifySnapshotSync: v } = require(${JSON.stringify(file("bundle.cjs"))});
    console.log(JSON.stringify([${JSON.stringify(large)}, ${JSON.stringify(file("large.gz"))}].map((f) => { const { valid, keys, problem } = v(f); return { valid, keys, problem }; })));`;
  const out = execFileSync(process.execPath, ["-e", program], { encoding: "utf8", timeout: 15_000 });
  expect(JSON.parse(out)).toMatchObject([
    { valid: true, keys: 27 },
    { valid: false, problem: { code: "no-thread", remedy: expect.stringContaining("gzip -dc") } },
  ]);
}, 60_000);

describe("zstd windows", () => {
  const pack = (...options: string[]) =>
    execFileSync("zstd", ["-qc", ...options], { input: fs.readFileSync(plain) });
  /** A frame that asks for a window of 2^`log` bytes, with one empty raw block. */
  const frame = (log: number) =>
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (log - 10) << 3, 0x01, 0x00, 0x00]);

  test.each([
    ["the only frame", () => frame(31)],
    ["a later frame", () => Buffer.concat([pack("--check"), frame(28)])],
    [
      "behind a skippable frame",
      () => Buffer.concat([Buffer.from("502a4d1803000000616263", "hex"), frame(30)]),
    ],
    ["a single segment", () => Buffer.from("28b52ffde0000000400000000001000000", "hex")],
  ])("above 128 MiB are refused: %s", (_, bytes) => {
    fs.writeFileSync(file("w.zst"), bytes());
    expect(verifySnapshotSync(file("w.zst"))).toMatchObject({
      valid: false,
      problem: { message: expect.stringMatching(/needs a window of (2048|256|1024) MiB/) },
    });
  });

  test.each([["-19"], ["--long=27"], ["--check"], ["--no-check"]])("others are read: %s", (option) => {
    fs.writeFileSync(file("w.zst"), pack(option));
    expect(verifySnapshotSync(file("w.zst"))).toMatchObject({ valid: true, keys: 301 });
  });
});

describe("etcd's own small buckets are bounded", () => {
  const many = (count: number, pair: (i: number) => [Buffer, Buffer]) =>
    Array.from({ length: count }, (_, i) => pair(i));
  const id = (i: number) => Buffer.from((i + 4096).toString(16));
  test.each<[string, [Buffer, Buffer][]]>([
    ["members", many(1_001, (i) => [id(i), Buffer.from("{}")])],
    ["members", [[id(1), Buffer.from(JSON.stringify({ name: "x".repeat(1_100_000) }))]]],
    [
      "alarm",
      many(1_001, (i) => [Buffer.concat([number(1, BigInt(i + 1000)), number(2, 1n)]), Buffer.alloc(0)]),
    ],
    ["cluster", many(1_001, (i) => [id(i), Buffer.from("3.6.0")])],
  ])("%s", (bucket, pairs) => {
    const sorted = pairs.sort(([a], [b]) => Buffer.compare(a, b));
    expect(
      verifySnapshotSync(writeSnapshot(directory, "many.db", { records: [], buckets: { [bucket]: sorted } })),
    ).toMatchObject({
      valid: false,
      problem: {
        code: "content",
        message: expect.stringContaining(`the bucket "${bucket}" holds more than 1000 entries`),
      },
    });
  });

  test("a member whose fields are of other types is no stack trace", () => {
    const deep = "[".repeat(20_000) + "]".repeat(20_000);
    const member = `{"name":7,"peerURLs":[${deep},{"toString":1,"valueOf":1},"http://a"],"clientURLs":{}}`;
    const buckets = { members: [[Buffer.from("1"), Buffer.from(member)]] as [Buffer, Buffer][] };
    expect(verifySnapshotSync(writeSnapshot(directory, "member.db", { records: [], buckets }))).toMatchObject(
      {
        valid: true,
        members: [{ name: "", peerURLs: ["http://a"], clientURLs: [] }],
      },
    );
  });

  test("buckets", () => {
    const names = many(1_001, (i) => [id(i), Buffer.alloc(0)]);
    const buckets = Object.fromEntries(names.map(([name]) => [name.toString(), []]));
    expect(
      verifySnapshotSync(writeSnapshot(directory, "buckets.db", { records: [], buckets })),
    ).toMatchObject({
      valid: false,
      problem: { code: "structure", message: expect.stringContaining("more than 1000 buckets") },
    });
  });
});

test("kinds and namespaces beyond the limits are counted together", async () => {
  const object = (i: number) => {
    const type = Buffer.concat([field(1, Buffer.from("example.com/v1")), field(2, Buffer.from(`K${i}`))]);
    return Buffer.concat([
      Buffer.from("k8s\0"),
      field(1, type),
      field(2, field(1, field(1, Buffer.from("n")))),
    ]);
  };
  const records = Array.from({ length: 10_100 }, (_, i) => ({
    revision: BigInt(i + 2),
    key: `/registry/example.com/things/n${i}`,
    value: object(i),
  }));
  const found = await verifySnapshot(writeSnapshot(directory, "kinds.db", { records }));
  if (!found.valid) throw new Error(found.problem.message);
  expect(Object.keys(found.census)).toHaveLength(10_000);
  expect(found.unreadable).toEqual({ "(others)": 100 });
  expect(found.keys).toBe(10_100);
});
