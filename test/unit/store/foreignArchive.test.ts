import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listBackups } from "../../../store/backups";
import { bytesContent } from "../../../store/content";
import { DirectoryStore } from "../../../store/directoryStore";
import {
  type ArchiveFacts,
  describeArchive,
  looseArchives,
  parseArchiveName,
} from "../../../store/foreignArchive";
import { planPrune } from "../../../store/prune";
import { runCommand } from "../../support/commandLine";
import { MemoryStore } from "../../support/memoryStore";
import { scratchDirectory } from "../../support/testSnapshot";
import { tarGz } from "../../support/testTar";

const scratch = scratchDirectory();
const place = join(scratch, "backups");
const archive = tarGz({ name: "etcd/snapshot.db", content: Buffer.alloc(70_000, 7) });
const files: Readonly<Record<string, Buffer>> = {
  "uc1_backup_2026-08-23T150405-0700.tar.gz": archive,
  "uc2_backup_2024-08-23T150405Z.tar.gz": archive,
  "by-hand.tgz": archive,
  "cut_backup_x.tar.gz": archive.subarray(0, 600),
  "bomb_backup_x.tar.gz": gzipSync(Buffer.alloc(64 << 20)),
  "text_backup_x.tar.gz": Buffer.from("<html>502 Bad Gateway</html>"),
  "empty_backup_x.tar.gz": Buffer.alloc(0),
  "a name with spaces.tar.gz": archive,
  "notes.txt": Buffer.from("hello"),
};
beforeAll(() => {
  mkdirSync(join(place, "deeper"), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(place, name), bytes);
  writeFileSync(join(place, "deeper", "uc9_backup_x.tar.gz"), archive);
  symlinkSync("/etc/passwd", join(place, "link_backup_x.tar.gz"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("a name of gkectl's", () => {
  it.each([
    ["uc1_backup_2026-08-23T150405Z.tar.gz", { cluster: "uc1", time: "2026-08-23T15:04:05.000Z" }],
    ["uc1_backup_2026-08-23T150405-0700.tar.gz", { cluster: "uc1", time: "2026-08-23T22:04:05.000Z" }],
    ["testuser_backup_2025-08-23T150405Z0700.tar.gz", { cluster: "testuser" }],
    ["a_backup_b_backup_2026-08-23T150405Z.tar.gz", undefined],
    ["uc1_backup_2026-99-23T150405Z.tar.gz", { cluster: "uc1" }],
    ["uc1_backup_.tar.gz", undefined],
    ["snapshot.tar.gz", undefined],
  ])("%s", (file, expected) => expect(parseArchiveName(file)).toEqual(expected));
});

describe("the sentence about an archive", () => {
  const name = { cluster: "uc1", time: "2026-01-01T00:00:00.000Z" };
  const now = Date.parse("2026-11-27T00:00:00Z");
  it.each<[Partial<ArchiveFacts>, RegExp]>([
    [{}, /^a tar archive in gzip, named as gkectl names backups of advanced clusters: gkectl restores it$/],
    [{ now: Date.parse("2027-01-02T00:00:00Z") }, /: expired: gkectl takes none older than a year$/],
    [{ now: Date.parse("2026-12-31T00:00:00Z") }, /: gkectl restores it$/],
    [{ name: { cluster: "uc1" }, now: Date.parse("2099-01-01T00:00:00Z") }, /: gkectl restores it$/],
    [{ name: undefined }, /^a tar archive in gzip, not a backup of this program$/],
    [{ holds: "other" }, /^is called an archive and is none: no tar in gzip$/],
    [{ holds: "unknown" }, /^by its name an archive, which could not be read, named as gkectl/],
  ])("%o", (facts, expected) =>
    expect(describeArchive({ name, holds: "tar", now, ...facts })).toMatch(expected),
  );
});

describe("a directory of archives", () => {
  const catalog = (...argv: string[]) => runCommand(scratch, "catalog", ...argv, "--store", place);

  it("is listed, each as what it is; neither links nor what lies deeper", async () => {
    const { stdout, exitCode } = await catalog("list", "-o", "json");
    expect(exitCode).toBe(0);
    const { backups } = JSON.parse(stdout) as { backups: { key: string; state: string; reason: string }[] };
    const known = Object.fromEntries(backups.map(({ key, state, reason }) => [key, `${state}: ${reason}`]));
    const named = "foreign: a tar archive in gzip, named as gkectl names backups of advanced clusters";
    expect(known).toEqual({
      "uc1_backup_2026-08-23T150405-0700.tar.gz": `${named}: gkectl restores it`,
      "uc2_backup_2024-08-23T150405Z.tar.gz": `${named}: expired: gkectl takes none older than a year`,
      "cut_backup_x.tar.gz": expect.stringMatching(/^foreign: /),
      "by-hand.tgz": "foreign: a tar archive in gzip, not a backup of this program",
      "bomb_backup_x.tar.gz": "foreign: is called an archive and is none: no tar in gzip",
      "text_backup_x.tar.gz": "foreign: is called an archive and is none: no tar in gzip",
      "empty_backup_x.tar.gz": "foreign: is called an archive and is none: no tar in gzip",
      "a name with spaces.tar.gz":
        "foreign: by its name an archive, which could not be read, not a backup of this program",
    });
    expect((await catalog("list")).stdout).toMatch(
      /^uc1: none may be restored\n.*foreign.*gkectl restores it/m,
    );
  });

  it("shows one, and those of one cluster", async () => {
    const shown = await catalog("show", "uc1_backup_2026-08-23T150405-0700.tar.gz");
    expect(shown).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^state +foreign: a tar arch/m),
    });
    const own = await looseArchives(new DirectoryStore(place), "uc2");
    expect(own.map(({ key }) => key)).toEqual(["uc2_backup_2024-08-23T150405Z.tar.gz"]);
  });

  it("is nothing to the pruner, to ages and to restores, which see backups alone", async () => {
    expect(await listBackups(new DirectoryStore(place))).toEqual([]);
    const aged = await runCommand(scratch, "check", "--objective", "26h", "--store", place);
    expect(aged.stdout + aged.stderr).not.toContain("uc1");
  });

  it("among backups it is foreign, in a bucket too, and is never pruned", async () => {
    const store = new MemoryStore();
    const key = "v1/uc1/uc1_backup_2026-08-23T150405Z.tar.gz";
    await store.writeOnce(key, bytesContent(archive));
    expect(await listBackups(store)).toMatchObject([
      {
        key,
        cluster: "uc1",
        state: "foreign",
        reason: expect.stringMatching(/^a tar archive in gzip, named/),
      },
    ]);
    const plan = await planPrune(store, { policy: { hourly: 1 }, now: Date.now() });
    expect(plan.removed).toEqual([]);
    expect(await looseArchives(store)).toEqual([]);
  });
});
