import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { getObject, verifySnapshotSync } from "../../../snapshot";
import { sealDigest, sealMeta } from "../../support/boltWriter";
import { runCommand } from "../../support/commandLine";
import { number } from "../../support/etcdRecords";
import {
  kubernetesRecords,
  scratchDirectory,
  type TestSnapshot,
  writeSnapshot,
} from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));
const inspect = (snapshot: TestSnapshot) =>
  verifySnapshotSync(writeSnapshot(directory, "records.db", snapshot));

describe("revisions near the end of int64", () => {
  const at = (revision: bigint) => inspect({ records: [{ revision, key: "a", value: "b" }] });

  test("above 2^62 etcd dies of the bump of a restore, or of the writes after it", () => {
    expect(at(2n ** 62n - 1n)).toMatchObject({ valid: true, revision: 2n ** 62n - 1n });
    for (const revision of [2n ** 62n, 2n ** 63n - 1n])
      expect(at(revision)).toMatchObject({
        valid: false,
        problem: {
          code: "content",
          message: expect.stringContaining(`has the revision ${revision}, which leaves no room for others`),
        },
      });
  });
});

test("what an alarm does to a restored cluster", () => {
  const alarm = (type: bigint) =>
    [Buffer.concat([number(1, type), number(2, type)]), Buffer.alloc(0)] as const;
  const found = inspect({ records: [], buckets: { alarm: [alarm(1n), alarm(2n), alarm(9n)] } });
  expect(found.valid && found.warnings.map(({ message }) => message)).toEqual([
    "The alarm NOSPACE of member 1 is in the snapshot: a restored cluster is read-only until it is disarmed.",
    "The alarm CORRUPT of member 2 is in the snapshot: a restored cluster reads and writes nothing until it is disarmed.",
    "The alarm 9 of member 9 is in the snapshot: this program does not know it, nor what a restored cluster makes of it.",
  ]);
});

test("a meta page with more pages than there can be is nonsense, not a length", () => {
  const bytes = fs.readFileSync(writeSnapshot(directory, "high.db", { records: kubernetesRecords(3) }));
  for (const meta of [0, 4096]) {
    bytes.writeBigUInt64LE(2n ** 63n, meta + 56);
    sealMeta(bytes, meta);
  }
  fs.writeFileSync(path.join(directory, "high.db"), sealDigest(bytes));
  expect(verifySnapshotSync(path.join(directory, "high.db"))).toMatchObject({
    problem: { code: "meta-invalid", message: expect.stringContaining("the meta page is nonsense") },
  });
});

test.each(["gzip", "zstd"])("a file packed twice says so: %s", (inner) => {
  const plain = writeSnapshot(directory, "plain.db", { records: kubernetesRecords(30) });
  const packed = execFileSync(inner, ["-c"], { input: fs.readFileSync(plain) });
  fs.writeFileSync(path.join(directory, "twice.gz"), gzipSync(packed));
  expect(verifySnapshotSync(path.join(directory, "twice.gz"))).toMatchObject({
    problem: { code: "not-bolt", message: expect.stringContaining(`is packed twice, inside with ${inner}.`) },
  });
});

test("of a deleted object the revisions are named at which it can be had", async () => {
  const key = "/registry/example.com/widgets/ns/w";
  const value = `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"ns"}}`;
  const states = [value, undefined, value, undefined];
  const records = states.map((state, i) => ({
    revision: BigInt(5 + i),
    key,
    ...(state === undefined ? {} : { value: state }),
  }));
  const file = writeSnapshot(directory, "deleted.db", { records });
  expect(await getObject(file, { kind: "widgets", namespace: "ns", name: "w" })).toMatchObject({
    problem: {
      message: expect.stringContaining("deleted at revision 8"),
      remedy: expect.stringMatching(/: 5, 7$/),
    },
  });
});

describe("the command line", () => {
  test("calls a file as it is called, whatever is in its name", async () => {
    const name = "a$$b$&c$'d.db";
    fs.writeFileSync(path.join(directory, name), "");
    const { stderr } = await runCommand(directory, "snapshot", "inspect", name);
    expect(stderr).toBe(`${name}: is an empty file. Take the snapshot again.`);
  });

  test("a packed file that could not be unpacked here is not refused", async () => {
    const plain = writeSnapshot(directory, "plain.db", { records: kubernetesRecords(3) });
    fs.writeFileSync(path.join(directory, "plain.gz"), gzipSync(fs.readFileSync(plain)));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = "/proc/none";
    try {
      const { exitCode, stderr } = await runCommand(directory, "snapshot", "inspect", "plain.gz");
      expect(stderr).toContain("no temporary file can be made in /proc/none: ENOENT");
      expect(exitCode).toBe(1);
    } finally {
      process.env.TMPDIR = before;
      if (before === undefined) delete process.env.TMPDIR;
    }
  });
});
