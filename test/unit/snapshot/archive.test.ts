import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSnapshotFacts } from "../../../components/admission/snapshotFacts";
import { diffSnapshots, getObject, searchSnapshot, verifySnapshotSync } from "../../../snapshot";
import { cli, runCommand } from "../../support/commandLine";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";
import { gnuLong, paxNamed, tarGz, tarMember, tarOf } from "../../support/testTar";

const { ArchiveReader } = require("../../../snapshot/file/archiveReader.js");

/** Archives as gkectl may write them, whose layout nobody here has seen, and archives that nobody should write. */
const directory = scratchDirectory();
let db: Buffer;
beforeAll(() => {
  db = fs.readFileSync(writeSnapshot(directory, "good.db", { records: kubernetesRecords(300, 900) }));
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

const file = (bytes: Buffer, name = "uc1_backup_2026-11-27T020000Z0000.tar.gz") => {
  fs.writeFileSync(path.join(directory, name), bytes);
  return path.join(directory, name);
};
const read = (bytes: Buffer, member?: string) =>
  verifySnapshotSync(file(bytes), { archive: member === undefined ? {} : { member } });
const said = (bytes: Buffer, member?: string) => {
  const verdict = read(bytes, member);
  if (verdict.valid) return verdict.packed?.member ?? "not of an archive";
  const { code, message, remedy } = verdict.problem;
  return `${code}: ${message.replace(/^.*?: /, "")} ${remedy}`;
};
const key = (name: string) => ({ name, content: Buffer.from("-----BEGIN RSA PRIVATE KEY-----\n") });
const pki = ["pki/ca.crt", "pki/ca.key", "ssh.key"].map(key);

describe("an archive with a snapshot", () => {
  test("is read as the snapshot is: the file that a name calls something else too", () => {
    const verdict = read(tarGz({ name: "etcd/", type: "5" }, ...pki, { name: "etcd/data.bin", content: db }));
    const plain = verifySnapshotSync(path.join(directory, "good.db"));
    expect(verdict).toEqual({
      ...plain,
      warnings: [{ code: "archive", message: expect.stringContaining("gkectl restores that cluster") }],
      packed: { format: "gzip", sizeBytes: expect.any(Number), member: "etcd/data.bin" },
    });
  });

  test("of zstd, and as GNU's tar writes it with names of any length", () => {
    const name = `${"long/".repeat(50)}snapshot.db`;
    const packed = execFileSync("zstd", ["-qc"], { input: tarOf(...pki, { name: "a.db", content: db }) });
    expect(said(packed)).toBe("a.db");
    expect(said(tarGz(gnuLong(name, db), ...pki), name)).toBe(`${name.slice(0, 200)}*`);
    expect(said(tarGz(paxNamed(name, db), ...pki), name)).toBe(`${name.slice(0, 200)}*`);
    expect(said(tarGz(paxNamed("é/snapshot.db", db), ...pki))).toBe("é/snapshot.db");
  });

  test("can be searched, compared and asked for an object", async () => {
    const packed = file(tarGz(...pki, { name: "etcd.db", content: db }));
    const archive = {};
    expect(await searchSnapshot(packed, "map-7", { archive })).toMatchObject({
      valid: true,
      hits: expect.arrayContaining([expect.objectContaining({ name: "map-7" })]),
    });
    const wanted = { kind: "ConfigMap", namespace: "default", name: "map-7", archive };
    expect(await getObject(packed, wanted)).toMatchObject({ valid: true, name: "map-7" });
    const plain = path.join(directory, "good.db");
    expect(await diffSnapshots(plain, packed, { archive })).toMatchObject({ valid: true, items: [] });
  });

  test("is refused where a snapshot is wanted: for a restore it is gkectl's", () => {
    const verdict = verifySnapshotSync(file(tarGz(...pki, { name: "etcd.db", content: db })));
    expect(verdict).toMatchObject({
      valid: false,
      problem: { code: "archive", message: expect.stringContaining("is a tar archive in gzip") },
    });
  });

  test("a snapshot that is only packed is none, whatever is asked", () => {
    expect(said(gzipSync(db))).toBe("not of an archive");
    expect(said(gzipSync(db), "etcd.db")).toBe("not of an archive");
  });
});

describe("commands and restores", () => {
  const name = "uc1_backup_2026-11-27T020000Z.tar.gz";
  test("inspect says that it is a member of an archive, by a path and from standard input", async () => {
    const packed = file(
      tarGz(...pki, { name: "etcd/a.db", content: db }, { name: "etcd/b.db", content: db }),
      name,
    );
    const which = ["--member", "*/b.db"];
    const ran = await runCommand(directory, "snapshot", "inspect", name, ...which);
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Member +etcd\/b\.db$/m) });
    expect(ran.stdout).toContain("Warning: It is a member of an archive: gkectl restores that cluster");
    const unclear = await runCommand(directory, "snapshot", "inspect", name, "-o", "json");
    expect(unclear.exitCode).toBe(3);
    expect(JSON.parse(unclear.stdout)).toMatchObject({ valid: false, problem: { code: "several-members" } });
    const argv = ["snapshot", "inspect", "-", "-o", "json", ...which];
    const piped = execFileSync(process.execPath, [cli, ...argv], {
      input: fs.readFileSync(packed),
      encoding: "utf8",
    });
    expect(JSON.parse(piped)).toMatchObject({ valid: true, packed: { member: "etcd/b.db" } });
  });

  test("restore.snapshot takes none", async () => {
    const packed = file(tarGz({ name: "etcd/a.db", content: db }), name);
    await expect(readSnapshotFacts(packed)).rejects.toThrow(
      /is a tar archive in gzip, as gkectl backup writes one/,
    );
  });
});

describe("which member", () => {
  const two = () => tarGz({ name: "./etcd/main.db", content: db }, { name: "events/1.db", content: db });
  test.each<[string, () => Buffer, string | undefined, RegExp | string]>([
    [
      "of two",
      two,
      undefined,
      /^several-members: 2 of its members may be meant: etcd\/main\.db \(\d+ bytes\), events/,
    ],
    ["the remedy names one", two, undefined, /--member "etcd\/main\.db"$/],
    ["by its path", two, "etcd/main.db", "etcd/main.db"],
    ["as tar lists it", two, "./events/1.db", "events/1.db"],
    ["by a pattern", two, "*/main.*", "etcd/main.db"],
    ["by a pattern for both", two, "*.db", /^several-members: 2 of its members/],
    [
      "by a pattern for none",
      two,
      "*.snap",
      /^no-member: has no member \*\.snap; bbolt files: etcd\/main\.db, events/,
    ],
    [
      "twice",
      () => tarGz({ name: "a", content: db }, { name: "a", content: db }),
      "a",
      /has a more than once/,
    ],
    [
      "none",
      () => tarGz(...pki),
      undefined,
      /^no-member: none of its 3 members is a bbolt file; it has pki\/ca\.crt, /,
    ],
    [
      "a text",
      () => tarGz(...pki, { name: "a", content: db }),
      "ssh.key",
      /^not-bolt: is not a bolt file: it starts/,
    ],
    [
      "a link",
      () => tarGz({ name: "latest.db", type: "2", target: "/etc/shadow" }, { name: "a.db", content: db }),
      "latest.db",
      /^no-member: its member latest\.db is a SymbolicLink, not a file; bbolt files: a\.db\. --member "a\.db"$/,
    ],
    [
      "one that is packed itself",
      () => tarGz(...pki, { name: "etcd.db.gz", content: gzipSync(db) }),
      undefined,
      /What is packed itself is not looked into: etcd\.db\.gz\. Take it out first: tar -xf <file> -O "etcd\.db\.gz"/,
    ],
    [
      "an archive in it",
      () =>
        tarGz({ name: "in.tar", content: tarOf({ name: "etcd/", type: "5" }, { name: "a", content: db }) }),
      undefined,
      /^no-member: none of its 1 members is .* not looked into: in\.tar\./,
    ],
  ])("%s", (_, make, member, expected) => {
    const found = said(make(), member);
    if (typeof expected === "string") expect(found).toBe(expected);
    else expect(found).toMatch(expected);
  });
});

describe("an archive that is not what it should be", () => {
  const sparse = () => {
    const map = Buffer.alloc(512);
    map.write("1\n0\n4096\n");
    const record = "22 GNU.sparse.major=1\n";
    return Buffer.concat([
      tarMember({ name: "PaxHeaders/0", type: "x", content: Buffer.from(record) }),
      tarMember({ name: "GNUSparseFile.1/a.db", content: Buffer.concat([map, db]) }),
    ]);
  };
  test.each<[string, () => Buffer, RegExp]>([
    [
      "packed data cut",
      () => tarGz({ name: "a", content: randomBytes(5000) }).subarray(0, 3000),
      /^compressed-damaged: cannot be unpacked as gzip: unexpected end of file/,
    ],
    [
      "cut in a member",
      () => gzipSync(tarOf({ name: "a", content: db }).subarray(0, 20_480)),
      /^compressed-damaged: .*Truncated/,
    ],
    ["cut in a header", () => gzipSync(tarOf(...pki).subarray(0, 1224)), /^compressed-damaged: .*tar is cut/],
    ["without an end, but whole", () => gzipSync(tarMember({ name: "a.db", content: db })), /^a\.db$/],
    [
      "a wrong sum",
      () => gzipSync(Buffer.concat([tarMember(key("a")), Buffer.alloc(512, 7), tarOf(key("b"))])),
      /^compressed-damaged: .*checksum/,
    ],
    [
      "bytes behind the end",
      () =>
        gzipSync(
          Buffer.concat([tarOf({ name: "a.db", content: db }), Buffer.alloc(40_000), Buffer.from("x")]),
        ),
      /^compressed-damaged: .*other bytes follow the end of its tar/,
    ],
    [
      "a tar behind a tar",
      () =>
        gzipSync(
          Buffer.concat([
            tarOf({ name: "a.db", content: db }),
            Buffer.alloc(40_000),
            tarOf({ name: "b.db", content: db }),
          ]),
        ),
      /^compressed-damaged: .*other bytes follow/,
    ],
    [
      "far too many members",
      () => tarGz(...Array.from({ length: 10_001 }, (_, n) => ({ name: `${n}` }))),
      /^archive: has more than 10000 members: no backup of one cluster has; it is not read to its end\./,
    ],
    [
      "many members",
      () =>
        tarGz(...Array.from({ length: 9999 }, (_, n) => ({ name: `${n}` })), { name: "a.db", content: db }),
      /^a\.db$/,
    ],
    [
      "a name of 2 MB",
      () => tarGz(gnuLong("n".repeat(2 << 20), db)),
      /^archive: has a header of 2097153 bytes/,
    ],
    ["a name of 1 MB", () => tarGz(gnuLong(`${"n".repeat(1 << 19)}`, db)), /^n{200}\*$/],
    [
      "a name of slashes alone but for its end",
      () => tarGz(gnuLong(`a${"/".repeat(1 << 19)}b`, db)),
      /^a\/{199}\*$/,
    ],
    [
      "a header that says 8 GB",
      () => tarGz({ name: "a.db", content: db, size: 0o77777777777 }),
      /^compressed-damaged: /,
    ],
    [
      "a snapshot that goes on and on",
      () => tarGz({ name: "a.db", content: Buffer.concat([db, Buffer.alloc(100 << 20)]) }),
      /^compressed-damaged: its member a\.db unpacks to far more than a snapshot's meta page says/,
    ],
    [
      "a sparse file of GNU's tar",
      () => tarGz({ name: "a.db", type: "S", content: db }),
      /^no-member: none of its 1 members is a bbolt file\./,
    ],
    ["a sparse file of pax", () => tarGz(sparse()), /^no-member: none of its 1 members/],
    [
      "a device and a FIFO",
      () => tarGz({ name: "dev", type: "4" }, { name: "fifo", type: "6" }, { name: "a.db", content: db }),
      /^a\.db$/,
    ],
    ["an end alone", () => gzipSync(Buffer.alloc(10_240)), /^not-bolt: /],
  ])("%s", (_, make, expected) => {
    expect(said(make())).toMatch(expected);
  });

  test("names that lead out of it lead nowhere: nothing is written beside the snapshot's own spool", () => {
    const names = ["../../evil.db", "/etc/evil.db", "..", "a/../../b"];
    const before = fs.readdirSync(directory).sort();
    for (const name of names) {
      expect(said(tarGz({ name, content: db }))).toBe(name);
      expect(
        said(tarGz({ name: "link", type: "2", target: "/" }, { name: `link/${name}`, content: db })),
      ).toBe(`link/${name}`);
    }
    expect(fs.existsSync("/etc/evil.db")).toBe(false);
    expect(fs.existsSync(path.join(directory, "..", "..", "evil.db"))).toBe(false);
    expect(fs.readdirSync(directory).sort()).toEqual(before);
  });

  test("all that is beside the snapshot is counted, also behind the end", () => {
    const pushed = (bytes: Buffer) => {
      const options = {
        headBytes: 512,
        isSnapshot: (head: Buffer) => head[0] === 1,
        open: () => () => undefined,
      };
      const reader = new ArchiveReader({ ...options, otherBytes: 20_000 });
      for (let at = 0; at < bytes.length; at += 1000) reader.push(bytes.subarray(at, at + 1000));
      return reader.finish().count;
    };
    const snapshot = { name: "a.db", content: Buffer.alloc(50_000, 1) };
    expect(pushed(tarOf(snapshot, ...pki))).toBe(1);
    for (const bytes of [
      tarOf(snapshot, { name: "b", content: Buffer.alloc(20_000) }),
      Buffer.concat([tarOf(snapshot), Buffer.alloc(20_000)]),
    ])
      expect(() => pushed(bytes)).toThrow("unpacks to more than 20000 bytes beside a snapshot");
  });

  test("a bomb beside the snapshot takes neither disk nor memory", () => {
    const zeros = { name: "zeros", content: Buffer.alloc(256 << 20) };
    const packed = tarGz(zeros, { name: "a.db", content: db });
    const before = process.memoryUsage().rss;
    expect(said(packed)).toBe("a.db");
    expect(process.memoryUsage().rss - before).toBeLessThan(128 << 20);
  });
});
