import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesContent } from "../../../store/content";
import { DirectoryStore } from "../../../store/directoryStore";
import { checkStoreDirectory } from "../../../store/storeDirectory";
import { refusal } from "../../support/refusals";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => rmSync(directory, { recursive: true }));

let good: string;
beforeAll(() => {
  good = writeSnapshot(directory, "good.db", { records: kubernetesRecords(20) });
});

describe("row 50: backup.directory", () => {
  const check = async (path: string) => refusal(checkStoreDirectory(path));
  it("accepts one with mode 0700, and one that can still be made; changes nothing", async () => {
    const made = join(directory, "made");
    await checkStoreDirectory(made);
    mkdirSync(made, { mode: 0o700 });
    await checkStoreDirectory(made);
    await checkStoreDirectory(join(made, "deep", "er"));
    expect((await check(join(good, "below"))).message).toContain("cannot be looked at: ENOTDIR");
  });

  it("refuses links, files, open directories", async () => {
    const open = join(directory, "open");
    mkdirSync(open);
    chmodSync(open, 0o755);
    expect((await check(open)).message).toMatch(/is open to other users \(mode 755\).*chmod 700 '/);
    symlinkSync(open, join(directory, "link"));
    expect((await check(join(directory, "link"))).message).toMatch(/is a symbolic link.*readlink/);
    expect((await check(good)).message).toContain("is no directory");
    const linked = new DirectoryStore(join(directory, "link"));
    await expect(linked.writeOnce("v1/x", bytesContent("x"))).rejects.toThrow(/symbolic link/);
  });
});
