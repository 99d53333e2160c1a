import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubernetesRecords, writeSnapshot } from "../../support/testSnapshot";
import { gnuLong, tarGz, tarMember, tarOf } from "../../support/testTar";
import { archiveScene, key, pki } from "./archiveScene";

const { ArchiveReader } = require("../../../snapshot/file/archiveReader.js");

const { directory, said, remove } = archiveScene();
let db: Buffer;
beforeAll(() => {
  db = fs.readFileSync(writeSnapshot(directory, "good.db", { records: kubernetesRecords(300, 900) }));
});
afterAll(remove);

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
      /^compressed-damaged: cannot be read as a tar in gzip: .*Truncated.* gzip -dc <file> \| tar -tvf -$/,
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

  test("names in a remedy do nothing in a shell, and can be pasted", () => {
    const both = (name: string) => tarGz({ name, content: db }, { name: "b", content: db });
    const advised = (name: string) => /Say which: (.*)$/.exec(said(both(name)))?.[1];
    expect(advised("etcd/a b.db")).toBe('--member "etcd/a b.db"');
    expect(advised("a$(id)`id`!.db")).toBe("--member 'a$(id)`id`!.db'");
    expect(advised("it's $x")).toBe("--member 'it'\\''s $x'");
    expect(advised("a\n\u001b[31m.db")).toBe('--member "a**[31m.db"');
    expect(said(tarGz(...["$(id)", "$(id)"].map((name) => ({ name, content: db }))))).toContain(
      "-O '$(id)' >",
    );
    const pasted = execFileSync("sh", ["-c", `printf %s ${advised("it's $x")?.slice("--member ".length)}`]);
    expect(said(both("it's $x"), String(pasted))).toBe("it's $x");
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
