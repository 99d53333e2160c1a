import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { readSnapshotFacts } from "../../../components/admission/snapshotFacts";
import { readSnapshotOrigin } from "../../../components/admission/snapshotOrigin";
import { type Backup, isComplete, listBackups } from "../../../store/backups";
import { bytesContent, fileContent } from "../../../store/content";
import { DirectoryStore } from "../../../store/directoryStore";
import { writeDrill } from "../../../store/drills";
import { hasKeyList, keyList, readKeyList } from "../../../store/keyList";
import { MANIFEST, manifestText, type NewManifest } from "../../../store/manifest";
import { putBackup } from "../../../store/putBackup";
import { StoreError } from "../../../store/storeError";
import { MemoryStore } from "../../support/memoryStore";
import { newManifest, putBackups } from "../../support/storedBackups";
import { scratchDirectory } from "../../support/testSnapshot";

const scratch = scratchDirectory();
afterAll(() => rmSync(scratch, { recursive: true }));
const keys = [
  { kind: "ConfigMap", key: "/registry/configmaps/shop/set\ttings", revision: "9007199254740993" },
  { kind: "", key: "compact_rev_key", revision: "2" },
];

/** A stream that ends with an error. */
const failing = (error: Error) => new Readable({ read: (): void => undefined }).destroy(error);

describe("a backup of format 1, as written by version 0.1.0", () => {
  const place = join(scratch, "store");
  cpSync(join(__dirname, "fixtures/format1"), place, { recursive: true });
  const store = new DirectoryStore(place);

  it("is complete, and has no list of keys", async () => {
    const [backup, ...more] = await listBackups(store);
    expect(more).toEqual([]);
    expect(backup).toMatchObject({ cluster: "uc1", state: "complete", time: "2026-11-27T02:08:00.589Z" });
    const complete = [backup as Backup].filter(isComplete);
    expect(complete.map(hasKeyList)).toEqual([false]);
    for (const one of complete) for await (const key of readKeyList(store, one)) expect(key).toBe("none");
  });

  it("may be restored", async () => {
    const [backup] = (await listBackups(store)).filter(isComplete);
    const facts = await readSnapshotFacts(store.address(`${backup?.key}/snapshot.db`));
    const origin = await readSnapshotOrigin(facts, { cluster: "uc1" });
    expect(origin.manifest?.generation).toBe("1");
  });
});

describe("what lies in a store", () => {
  let store: MemoryStore;
  let manifest: NewManifest;
  let key: string;
  beforeEach(async () => {
    store = new MemoryStore();
    const list = await keyList(keys);
    manifest = { ...newManifest({ bytes: 4 }), keys: list.file };
    const put = await putBackup(store, bytesContent("data"), list.content, manifest);
    key = put.path.slice(store.location.length + 1);
  });
  const only = async (): Promise<Backup> => (await listBackups(store))[0] as Backup;

  it("is written with its manifest last", () => {
    expect(store.written.map((one) => one.slice(key.length + 1))).toEqual([
      "snapshot.db",
      manifest.keys?.file,
      MANIFEST,
    ]);
  });

  it("is complete when all that its manifest names is there", async () => {
    expect(await only()).toMatchObject({ key, state: "complete", cluster: "uc1", time: manifest.time });
    expect((await only()).held).toBeUndefined();
  });

  it("gives the keys back: any bytes in them, any revision", async () => {
    const [backup] = (await listBackups(store)).filter(isComplete);
    const found = [];
    if (backup !== undefined) for await (const one of readKeyList(store, backup)) found.push(one);
    expect(found).toEqual(keys);
  });

  it("killed after any object, is no backup", async () => {
    for (const objects of [1, 2]) {
      const killed = new MemoryStore();
      killed.dieAfter = objects;
      const list = await keyList(keys);
      await expect(putBackup(killed, bytesContent("data"), list.content, manifest)).rejects.toThrow("killed");
      expect((await listBackups(killed)).map(({ state }) => state)).toEqual(["incomplete"]);
      killed.dieAfter = Number.POSITIVE_INFINITY;
      await putBackup(killed, bytesContent("data"), list.content, manifest);
      expect((await listBackups(killed)).map(({ state }) => state)).toEqual(["complete"]);
    }
  });

  it("says how long it took, measured once all but its manifest is stored", async () => {
    const timed = new MemoryStore();
    const seconds = () => timed.written.length + 0.5;
    await putBackup(timed, bytesContent("data"), (await keyList(keys)).content, manifest, { seconds });
    expect((await listBackups(timed))[0]?.manifest).toMatchObject({ seconds: 2.5 });
    expect((await only()).manifest).not.toHaveProperty("seconds");
  });

  it("refuses a snapshot of which less arrived", async () => {
    const put = putBackup(new MemoryStore(), bytesContent("dat"), bytesContent(""), manifest);
    await expect(put).rejects.toThrow(/3 of 4 bytes arrived/);
  });

  it.each<[string, Backup["state"], RegExp, () => void]>([
    ["without a manifest", "incomplete", /has no manifest/, () => store.objects.delete(`${key}/${MANIFEST}`)],
    [
      "without its snapshot",
      "corrupt",
      /snapshot.db is missing/,
      () => store.objects.delete(`${key}/snapshot.db`),
    ],
    [
      "without its keys",
      "corrupt",
      /keys\..* is missing/,
      () => store.objects.delete(`${key}/${manifest.keys?.file}`),
    ],
    [
      "of another length",
      "corrupt",
      /5 bytes, its manifest says 4/,
      () => store.put(`${key}/snapshot.db`, "datas"),
    ],
    ["with another manifest", "corrupt", /no JSON/, () => store.put(`${key}/${MANIFEST}`, "{")],
    [
      "with an altered manifest",
      "corrupt",
      /altered \(etcd\)/,
      () => store.put(`${key}/${MANIFEST}`, manifestText({ ...manifest, etcd: "x" } as never)),
    ],
    [
      "with a time and a revision that are none",
      "corrupt",
      /altered \(time, etcd.revision\)/,
      () =>
        store.put(
          `${key}/${MANIFEST}`,
          manifestText({ ...manifest, time: "today", etcd: { ...manifest.etcd, revision: "five" } }),
        ),
    ],
    [
      "of a newer program",
      "foreign",
      /of a newer one/,
      () => store.put(`${key}/${MANIFEST}`, '{"formatVersion": 5}'),
    ],
    ["of another program", "foreign", /not of this program/, () => store.put(`${key}/${MANIFEST}`, "[]")],
    [
      "with the manifest of another cluster",
      "foreign",
      /is of cluster uc2/,
      () => store.put(`${key}/${MANIFEST}`, manifestText({ ...manifest, cluster: "uc2" })),
    ],
  ])("%s is %s", async (_, state, reason, change) => {
    change();
    const backup = await only();
    expect(backup.state).toBe(state);
    expect(backup.reason).toMatch(reason);
  });

  it("is corrupt when the store's own checksum is another than the manifest's", async () => {
    const bucket = new MemoryStore({ crc32c: (bytes) => `sum-${bytes.length}-${bytes[0]}` });
    await putBackup(bucket, bytesContent("data"), (await keyList(keys)).content, manifest);
    expect((await listBackups(bucket)).map(({ state }) => state)).toEqual(["complete"]);
    bucket.put(`${key}/snapshot.db`, "Data");
    expect(await listBackups(bucket)).toMatchObject([{ state: "corrupt", reason: /CRC32C sum-4-68/ }]);
  });

  it.each(["failed", "corrupt"] as const)("that cannot be read (%s) bars no other", async (fault) => {
    await putBackups(store, { time: "2026-11-26T00:00:00.000Z" });
    await writeDrill(store, key, {
      ...{
        formatVersion: 1,
        time: "2026-11-27T06:00:00.000Z",
        outcome: "passed",
        sentence: "",
        toolVersion: "1",
      },
    });
    const read = store.read.bind(store);
    store.read = (at, range) => {
      const error = new StoreError(fault, `${at}: cannot be used: EIO.`, "Look: dmesg");
      return at.startsWith(key) ? failing(error) : read(at, range);
    };
    const [newest, other] = await listBackups(store);
    expect([newest?.state, newest?.time, newest?.drill]).toEqual([
      "corrupt",
      "2026-11-27T01:02:03.000Z",
      undefined,
    ]);
    expect(newest?.reason).toBe(`its manifest cannot be read: ${key}/manifest.json: cannot be used: EIO.`);
    expect(other?.state).toBe("complete");
  });

  it.each(["denied", "unreachable"] as const)(
    "a store that cannot be asked (%s) is no state",
    async (fault) => {
      store.read = () => failing(new StoreError(fault, "no."));
      await expect(listBackups(store)).rejects.toThrow("no.");
    },
  );

  it("is held by an object beside it, or by the store", async () => {
    store.put(`${key}/hold`, "");
    expect((await only()).held).toMatch(/an object named hold/);
    store.objects.delete(`${key}/hold`);
    store.held.set(`${key}/snapshot.db`, "a temporary hold");
    expect((await only()).held).toBe("a temporary hold");
  });

  it("elsewhere is foreign, and others' prefixes are not looked at", async () => {
    store.put("v1/uc1/notes.txt", "x");
    store.put("velero/backup.tar", "x");
    const states = (await listBackups(store)).map(({ key: at, state }) => `${at} ${state}`);
    expect(states).toEqual([`${key} complete`, "v1/uc1/notes.txt foreign"]);
    expect(await listBackups(store, "uc")).toEqual([]);
  });

  it("is told damaged when its list of keys is", async () => {
    const [backup] = (await listBackups(store)).filter(isComplete);
    if (backup === undefined) throw new Error("none");
    const name = `${key}/${manifest.keys?.file}`;
    store.put(name, "x".repeat(store.objects.get(name)?.length ?? 0));
    const read = async () => {
      for await (const _ of readKeyList(store, backup));
    };
    await expect(read()).rejects.toThrow(/is not what its manifest says/);
  });
});

it("takes a file for a snapshot as well", async () => {
  const path = join(scratch, "snapshot");
  writeFileSync(path, "data");
  const put = await putBackup(
    new DirectoryStore(join(scratch, "files")),
    fileContent(path),
    bytesContent(""),
    newManifest({ bytes: 4 }),
  );
  expect((await listBackups(new DirectoryStore(join(scratch, "files"))))[0]?.state).toBe("complete");
  expect(put.snapshot).toMatch(/\/v1\/uc1\/2026\/11\/27\/20261127T010203Z-aaaaaaaaaaaa\/snapshot.db$/);
});
