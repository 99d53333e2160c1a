import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { unpackedFile } from "../../components/access/unpackedFile";
import { UserError } from "../../components/errors";
import { type LocalSnapshot, withLocalSnapshot } from "../../components/restore/localSnapshot";
import { bytesOf } from "../../store/content";
import { DirectoryStore } from "../../store/directoryStore";
import { StoreError } from "../../store/storeError";
import { putSealedBackup, type SealedTestBackup } from "../support/sealedBackup";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../support/testSnapshot";

const scratch = scratchDirectory();
let plain: Buffer;
let taken: string;
let identityFile: string;
let recipients: string[];
let cache: string;
beforeAll(async () => {
  taken = writeSnapshot(scratch, "s.db", { records: kubernetesRecords(20) });
  plain = readFileSync(taken);
  const identity = await generateIdentity();
  recipients = [await identityToRecipient(identity)];
  identityFile = join(scratch, "mine.age");
  writeFileSync(identityFile, identity, { mode: 0o600 });
});
beforeEach(() => {
  const home = mkdtempSync(join(scratch, "home-"));
  cache = join(home, "etcd-recovery/snapshots");
  vi.stubEnv("XDG_CACHE_HOME", home);
  vi.stubEnv("ETCD_RECOVERY_AGE_IDENTITY_FILE", undefined);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true });
});

const put = (backup: SealedTestBackup) =>
  putSealedBackup(new DirectoryStore(mkdtempSync(join(scratch, "store-"))), taken, backup);
const left = () => (existsSync(cache) ? readdirSync(cache) : []);
const read = <T>(snapshot: string, use: (local: LocalSnapshot) => Promise<T>, file?: string) =>
  withLocalSnapshot({ id: "night-1", snapshot, identityFile: file }, use);

describe("a backup of a directory", () => {
  it.each<[string, () => SealedTestBackup, string]>([
    ["encrypted and packed", () => ({ recipients }), "snapshot.db.zst.age"],
    ["encrypted alone", () => ({ recipients, packed: false }), "snapshot.db.age"],
    ["packed alone", () => ({}), "snapshot.db.zst"],
  ])("%s: is read from a file of its owner's alone, which is gone afterwards", async (_, backup, name) => {
    const path = await put(backup());
    expect(path.endsWith(`/${name}`)).toBe(true);
    let copy = "";
    await read(
      path,
      async (local) => {
        copy = local.readable;
        expect(local.path).toBe(path);
        expect(local.identityFile).toBe(name.endsWith(".age") ? identityFile : undefined);
        expect(readFileSync(copy).equals(plain)).toBe(true);
        expect(statSync(copy).mode & 0o777).toBe(0o600);
        expect(statSync(dirname(copy)).mode & 0o777).toBe(0o700);
        expect(left()).toHaveLength(1);
      },
      identityFile,
    );
    expect(existsSync(copy)).toBe(false);
    expect(left()).toEqual([]);
  });

  it("in plain, or somebody's own file, is read where it lies", async () => {
    const stored = await put({ packed: false });
    for (const path of [stored, taken])
      await read(path, async (local) => expect(local).toMatchObject({ path, readable: path }));
    expect(left()).toEqual([]);
  });

  it("that a restore needs is marked where it lies, once a day; nobody's else", async () => {
    const path = await put({});
    const before = readdirSync(dirname(path));
    for (const snapshot of [path, path, taken]) await read(snapshot, (local) => local.need());
    const day = new Date().toISOString().slice(0, 10);
    expect(readdirSync(dirname(path)).sort()).toEqual([`${day}-night-1.restore`, ...before].sort());
    expect(readdirSync(dirname(taken)).filter((name) => name.endsWith(".restore"))).toEqual([]);
  });

  it("leaves nothing where reading it fails", async () => {
    const path = await put({ recipients });
    const failing = read(path, async () => Promise.reject(new Error("no such cluster")), identityFile);
    await expect(failing).rejects.toThrow("no such cluster");
    expect(left()).toEqual([]);
  });

  it("that is damaged leaves nothing, and is named", async () => {
    const path = await put({ recipients });
    const bytes = readFileSync(path);
    bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const error = await read(path, async () => undefined, identityFile).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(StoreError);
    expect((error as StoreError).message).toMatch(
      /snapshot\.db\.zst\.age: cannot be unpacked: it was changed or cut/,
    );
    expect(left()).toEqual([]);
  });

  it("without its identity is refused before anything is written", async () => {
    const path = await put({ recipients });
    const error = await read(path, async () => undefined).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/no identity is given/);
    expect(left()).toEqual([]);
  });
});

it("a process that ends while it reads takes its plain copy with it", async () => {
  const path = await put({ recipients });
  const program = [
    `const { withLocalSnapshot } = require(${JSON.stringify(resolve("components/restore/localSnapshot"))});`,
    `const asked = ${JSON.stringify({ id: "night-1", snapshot: path, identityFile })};`,
    "withLocalSnapshot(asked, async ({ readable }) => { console.log(readable); process.exit(0); });",
  ].join("\n");
  const copy = execFileSync(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", program], {
    encoding: "utf8",
  }).trim();
  expect(copy).toMatch(/\/plain-\d+-[^/]+\/snapshot\.db$/);
  expect(left()).toEqual([]);
});

describe("what a step sends", () => {
  it("is decrypted and unpacked on its way: no file has it in plain", async () => {
    for (const backup of [{ recipients }, { recipients, packed: false }]) {
      const path = await put(backup);
      const sent = await bytesOf(await unpackedFile(path, identityFile), 1 << 20);
      expect(sent.equals(plain)).toBe(true);
      expect(readdirSync(dirname(path)).filter((name) => name.startsWith("snapshot"))).toHaveLength(1);
    }
    expect(left()).toEqual([]);
  });

  it("ends with what is wrong where the file is cut, or its identity is another", async () => {
    const path = await put({ recipients });
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 100));
    const cut = await unpackedFile(path, identityFile);
    await expect(bytesOf(cut, 1 << 20)).rejects.toThrow(/changed or cut/);
    expect(cut.errored).toBeInstanceOf(Error);
    const other = join(scratch, "other.age");
    writeFileSync(other, await generateIdentity());
    await expect(bytesOf(await unpackedFile(path, other), 1 << 20)).rejects.toThrow(/identity/i);
    await expect(unpackedFile(path, join(scratch, "none.age"))).rejects.toThrow(
      /restore\.identityFile: .*none\.age cannot be read/,
    );
  });
});
