import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSnapshotFacts } from "../../../components/admission/snapshotFacts";
import { diffSnapshots, getObject, searchSnapshot, verifySnapshotSync } from "../../../snapshot";
import { cli, runCommand } from "../../support/commandLine";
import { kubernetesRecords, writeSnapshot } from "../../support/testSnapshot";
import { gnuLong, paxNamed, tarGz, tarOf } from "../../support/testTar";
import { archiveScene, pki } from "./archiveScene";

const { directory, file, read, said, remove } = archiveScene();
let db: Buffer;
beforeAll(() => {
  db = fs.readFileSync(writeSnapshot(directory, "good.db", { records: kubernetesRecords(300, 900) }));
});
afterAll(remove);

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

  test("in the form of before POSIX", () => {
    const old = (name: string, content: Buffer) => ({ name, content, type: "\0", magic: "" as const });
    const packed = tarGz(old("etcd/", Buffer.alloc(0)), old("etcd/a.db", db), old("b", Buffer.from("x")));
    expect(said(packed)).toBe("etcd/a.db");
    expect(said(tarGz(old("a.tar", tarOf(old("a.db", db)))))).toMatch(/^no-member: .*packed itself.*a\.tar/);
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
