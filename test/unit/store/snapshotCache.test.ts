import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
  directoryOf,
  forgetSnapshot,
  hasFetched,
  keepGiven,
  openEntry,
  snapshotCache,
  sweepSnapshots,
} from "../../../store/snapshotCache";
import { scratchDirectory } from "../../support/testSnapshot";

const scratch = scratchDirectory();
afterAll(() => rmSync(scratch, { recursive: true }));
let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(scratch, "cache-"));
});

const sha256 = "ab".repeat(32);
const uuid = "01234567-89ab-cdef-0123-456789abcdef";
const DAY = 24 * 60 * 60 * 1000;
/** A directory of the cache with a file in it, last used some days ago. */
function put(name: string, days = 0): string {
  const directory = join(cache, name);
  mkdirSync(directory);
  writeFileSync(join(directory, "snapshot.db"), "x");
  const then = new Date(Date.now() - days * DAY);
  utimesSync(directory, then, then);
  return directory;
}
/** Of a process that is gone: the highest number is given to none. */
const abandoned = (host = hostname()) => `plain-4194304-${uuid}@${host}`;

describe("fetched snapshots", () => {
  it("lie in the user's cache", () => {
    expect(snapshotCache({ XDG_CACHE_HOME: "/c" })).toBe("/c/etcd-recovery/snapshots");
  });

  it("have a directory for each restore, and go with it alone", async () => {
    const [mine, other] = [
      { cache, id: "night-1", sha256 },
      { cache, id: "night-2", sha256 },
    ];
    for (const entry of [mine, other]) writeFileSync(join(await openEntry(entry), "snapshot.db"), "x");
    expect(readdirSync(cache).sort()).toEqual(["night-1-abababababab", "night-2-abababababab"]);
    expect(await hasFetched(cache, "night-1")).toBe(true);
    await forgetSnapshot(mine);
    expect(readdirSync(cache)).toEqual(["night-2-abababababab"]);
    expect(await hasFetched(cache, "night-1")).toBe(false);
    expect(await hasFetched(cache, "night")).toBe(false);
  });

  it("stay where somebody has named one by its path, at its end and in a sweep", async () => {
    const directory = put("night-1-abababababab", 30);
    await keepGiven(cache, join(directory, "snapshot.db"));
    await forgetSnapshot({ cache, id: "night-1", sha256 });
    await sweepSnapshots(cache, Date.now() + 30 * DAY);
    expect(readdirSync(directory).sort()).toEqual(["given-by-path", "snapshot.db"]);
  });

  it("a path elsewhere leaves no mark", async () => {
    const directory = put("of-mine");
    await keepGiven(cache, join(directory, "snapshot.db"));
    await keepGiven(cache, "/var/backups/snapshot.db");
    expect(readdirSync(directory)).toEqual(["snapshot.db"]);
  });

  it("an id that is none removes nothing", async () => {
    const kept = mkdtempSync(join(scratch, "other-"));
    await forgetSnapshot({ cache, id: `../${kept.split("/").at(-1)}`, sha256 });
    await forgetSnapshot({ cache, id: "", sha256: "" });
    expect(existsSync(kept)).toBe(true);
    expect(existsSync(cache)).toBe(true);
  });
});

describe("a sweep", () => {
  it.each<[string, string, number, boolean]>([
    ["a restore's, used six days ago", "night-1-abababababab", 6, true],
    ["a restore's, used eight days ago", "night-1-abababababab", 8, false],
    ["an earlier version's, used six days ago", sha256, 6, true],
    ["an earlier version's, used eight days ago", sha256, 8, false],
    ["what is not ours", "my-own-snapshots", 400, true],
    ["a hidden directory", ".keep-abababababab", 400, true],
    ["a plain copy of a process that is gone", abandoned(), 0, false],
    ["a plain copy of this process", `plain-${process.pid}-${uuid}@${hostname()}`, 400, true],
    ["a plain copy of another machine's process", abandoned(`${hostname()}-other`), 400, true],
  ])("%s", async (_, name, days, stays) => {
    put(name, days);
    await sweepSnapshots(cache);
    expect(readdirSync(cache)).toEqual(stays ? [name] : []);
  });

  it("what is used again is young again", async () => {
    const directory = put("night-1-abababababab", 8);
    expect(await openEntry({ cache, id: "night-1", sha256 })).toBe(directory);
    await sweepSnapshots(cache);
    expect(readdirSync(directory)).toEqual(["snapshot.db"]);
  });

  it("a cache that is not there is none", async () => {
    await sweepSnapshots(join(cache, "none"));
    expect(await hasFetched(join(cache, "none"), "night-1")).toBe(false);
    expect(directoryOf({ cache, id: "a", sha256 })).toBe(join(cache, "a-abababababab"));
  });
});
