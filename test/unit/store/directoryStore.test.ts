import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { listBackups } from "../../../store/backups";
import { bytesContent, fileContent } from "../../../store/content";
import { DirectoryStore } from "../../../store/directoryStore";
import { faultOf, storeContract } from "../../support/storeContract";
import { putBackups } from "../../support/storedBackups";
import { scratchDirectory } from "../../support/testSnapshot";

const scratch = scratchDirectory();
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const root = () => join(mkdtempSync(join(scratch, "run-")), "store");

storeContract("a directory", () => new DirectoryStore(root()));

describe("a directory store", () => {
  it("is readable by its owner alone: directories 0700, files 0600, whatever the source had", async () => {
    const place = root();
    const source = join(scratch, "source");
    writeFileSync(source, "x", { mode: 0o644 });
    const store = new DirectoryStore(place);
    await store.writeOnce("v1/a/file", fileContent(source));
    await store.writeOnce("v1/a/stream", bytesContent("x"));
    const mode = (path: string) => statSync(join(place, path)).mode & 0o777;
    expect(["", "v1", "v1/a"].map(mode)).toEqual([0o700, 0o700, 0o700]);
    expect(["v1/a/file", "v1/a/stream"].map(mode)).toEqual([0o600, 0o600]);
  });

  it("syncs every directory that it may have made, and the one that holds its own", async () => {
    const place = root();
    const synced: string[] = [];
    const handle = await open(scratch);
    const file = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const real = file.sync;
    vi.spyOn(file, "sync").mockImplementation(function (this: FileHandle) {
      synced.push(readlinkSync(`/proc/self/fd/${this.fd}`));
      return real.call(this);
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const names = ["v1/a", "v1", ""].map((name) => join(place, name));
    await new DirectoryStore(place).writeOnce("v1/a/file", bytesContent("x"));
    expect(synced.slice(1)).toEqual([...names, dirname(place)].map((name) => name.replace(/\/$/, "")));
    synced.length = 0;
    await new DirectoryStore(place).writeOnce("v1/a/other", bytesContent("x"));
    expect(synced.slice(1)).toEqual(names.map((name) => name.replace(/\/$/, "")));
  });

  it("passes over links, what is being written, and remains of writes that were killed", async () => {
    const place = root();
    const store = new DirectoryStore(place);
    await store.writeOnce("v1/a/file", bytesContent("x"));
    symlinkSync("/etc/passwd", join(place, "v1/a/link"));
    symlinkSync("/etc", join(place, "v1/etc"));
    mkdirSync(join(place, ".staging"));
    for (const name of [".staging/snapshot.db", "v1/a/.5e1f", "v1/a/manifest.json.part"])
      writeFileSync(join(place, name), "half");
    expect((await store.list("")).map(({ key }) => key)).toEqual(["v1/a/file"]);
  });

  it("lists nothing that no store could name: a copy by hand bars nobody from the rest", async () => {
    const place = root();
    const store = new DirectoryStore(place);
    const [key = ""] = await putBackups(store, {});
    cpSync(join(place, "v1/uc1"), join(place, "v1/uc1 (copy)"), { recursive: true });
    expect((await listBackups(store)).map((backup) => [backup.key, backup.state])).toEqual([
      [key, "complete"],
    ]);
  });

  it("removes directories that it empties, never its root", async () => {
    const place = root();
    const store = new DirectoryStore(place);
    await store.writeOnce("v1/a/b/file", bytesContent("x"));
    await store.remove("v1/a/b/file");
    expect(statSync(place).isDirectory()).toBe(true);
    expect(() => statSync(join(place, "v1"))).toThrow("ENOENT");
  });

  it("is refused when it is open to others, in the words of where it was named", async () => {
    const place = root();
    mkdirSync(place);
    chmodSync(place, 0o755);
    const write = new DirectoryStore(place, "--store").writeOnce("v1/x", bytesContent("x"));
    await expect(write).rejects.toThrow(/^--store: .* is open to other users \(mode 755\).*chmod 700 '/);
  });

  it("says what the file system says", async () => {
    const place = root();
    const store = new DirectoryStore(place);
    await store.writeOnce("v1/a/file", bytesContent("x"));
    expect(await faultOf(store.writeOnce("v1/a/file/below", bytesContent("x")))).toBe("missing");
    expect(await faultOf(store.writeOnce("v1/x", fileContent(join(scratch, "none"))))).toBe("missing");
  });
});
