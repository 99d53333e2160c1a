import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeGcs } from "../../lab/gcs/fakeGcs";
import { bytesContent, bytesOf } from "../../store/content";
import { fetchSnapshot } from "../../store/fetchSnapshot";
import { GcsStore } from "../../store/gcsStore";
import { type GateFault, startGcsGate } from "../support/gcsGate";
import { faultOf, storeContract } from "../support/storeContract";
import { putBackups } from "../support/storedBackups";
import { scratchDirectory } from "../support/testSnapshot";

const scratch = scratchDirectory();
let fake: FakeGcs;
beforeAll(async () => {
  fake = await FakeGcs.start(scratch);
}, 600_000);
afterAll(async () => {
  await fake?.stop();
  rmSync(scratch, { recursive: true });
});

storeContract("a bucket", () => fake.store());
storeContract("a prefix of a bucket", () => fake.store("team-a/etcd"));

describe("a store in a bucket", () => {
  let gate: Awaited<ReturnType<typeof startGcsGate>>;
  const through = async (...faults: GateFault[]) => {
    gate.next(...faults);
    return new GcsStore(await fake.bucket(), "", { endpoint: gate.url, seconds: 2 });
  };
  beforeAll(async () => {
    gate = await startGcsGate(fake.url);
  });
  afterAll(() => gate.stop());

  it("is listed with the bucket's own checksums", async () => {
    const store = await fake.store();
    await store.writeOnce("v1/x", bytesContent("123456789"));
    // the check value of CRC-32C
    expect(await store.list("")).toEqual([{ key: "v1/x", bytes: 9, crc32c: "4waSgw==" }]);
  });

  it("refuses what arrived otherwise than it was sent", async () => {
    const store = await through("flip");
    const work = store.writeOnce("v1/x", bytesContent("sound bytes"));
    await expect(work).rejects.toThrow(/was damaged on its way/);
  });

  it("refuses what was read otherwise than it lies there", async () => {
    const store = await through();
    await store.writeOnce("v1/x", bytesContent("sound bytes"));
    gate.next("flipAnswer");
    expect(await faultOf(bytesOf(store.read("v1/x"), 100))).toBe("corrupt");
  });

  it("goes on with an upload that was cut, refused for a moment, or forgotten", async () => {
    for (const fault of ["cut", "unavailable", "sessionGone"] as const) {
      const store = await through(fault);
      await store.writeOnce("v1/x", bytesContent("sound bytes"));
      expect(`${await bytesOf(store.read("v1/x"), 100)}`).toBe("sound bytes");
      expect(gate.left()).toBe(0);
    }
  });

  it("takes an upload whose answer was lost for what it is: done", async () => {
    const store = await through("loseAnswer");
    expect(await store.writeOnce("v1/x", bytesContent("sound bytes"))).toMatchObject({ bytes: 11 });
  });

  it("ends an upload, a download and a question that hang", async () => {
    const store = await through("hang");
    expect(await faultOf(store.writeOnce("v1/x", bytesContent("x")))).toBe("unreachable");
    await store.writeOnce("v1/y", bytesContent("y"));
    gate.next("hang");
    expect(await faultOf(bytesOf(store.read("v1/y"), 100))).toBe("unreachable");
    gate.next("hang");
    expect(await faultOf(store.list(""))).toBe("unreachable");
  });

  it.each<[GateFault, string, RegExp]>([
    ["denied", "denied", /may not be written: .*It needs roles\/storage.objectCreator on gs:\/\//],
    ["unauthorized", "denied", /credentials were not taken/],
  ])("says what mends it: %s", async (fault, code, sentence) => {
    const store = await through(fault);
    const work = store.writeOnce("v1/x", bytesContent("x"));
    await expect(work).rejects.toThrow(sentence);
    gate.next(fault);
    expect(await faultOf(store.writeOnce("v1/z", bytesContent("x")))).toBe(code);
  });

  it("says that an object is kept by its bucket, and lists why", async () => {
    const store = await through();
    await store.writeOnce("v1/x", bytesContent("x"));
    gate.next("retained");
    expect(await faultOf(store.remove("v1/x"))).toBe("held");
    gate.next("holdInList");
    expect(await store.list("")).toMatchObject([{ held: "a retention until 2999-01-01T00:00:00Z" }]);
  });

  it("says that there is no such bucket, and that nobody answers", async () => {
    const none = new GcsStore("no-such-bucket", "", { endpoint: fake.url, seconds: 2 });
    expect(await faultOf(none.writeOnce("v1/x", bytesContent("x")))).toBe("missing");
    const closed: Server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => closed.once("listening", done));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const dead = new GcsStore("bucket", "", { endpoint: `http://127.0.0.1:${port}`, seconds: 2 });
    expect(await faultOf(dead.list(""))).toBe("unreachable");
    expect(await faultOf(dead.writeOnce("v1/x", bytesContent("x")))).toBe("unreachable");
  });
});

describe("a snapshot in a bucket", () => {
  it("is brought here with its manifest, once, readable by its owner alone", async () => {
    const store = await fake.store("team-a");
    const data = "a".repeat(4);
    const [key = ""] = await putBackups(store, { time: "2026-11-27T01:02:03.000Z" });
    const cache = join(scratch, "cache");
    const address = `${store.location}/${key}`;
    const path = await fetchSnapshot(address, cache, { endpoint: fake.url });
    expect(path).toBe(join(cache, "a".repeat(64), "snapshot.db"));
    expect(readFileSync(path, "utf8")).toBe("data");
    expect(JSON.parse(readFileSync(join(dirname(path), "manifest.json"), "utf8")).cluster).toBe("uc1");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    writeFileSync(path, data);
    expect(await fetchSnapshot(`${address}/snapshot.db`, cache, { endpoint: fake.url })).toBe(path);
    expect(readFileSync(path, "utf8")).toBe(data);
  });

  it("is refused when it is not there, incomplete, or no backup's address", async () => {
    const store = await fake.store();
    const [key = ""] = await putBackups(store, { time: "2026-11-27T01:02:03.000Z" });
    const fetched = (address: string) =>
      fetchSnapshot(address, join(scratch, "none"), { endpoint: fake.url });
    await expect(fetched(`${store.location}/${key.replace("aaaa", "bbbb")}`)).rejects.toThrow(/is not there/);
    await expect(fetched(`${store.location}/v1/uc1`)).rejects.toThrow(/is not the address of a backup/);
    await store.remove(`${key}/manifest.json`);
    await expect(fetched(`${store.location}/${key}`)).rejects.toThrow(/is incomplete: it has no manifest/);
  });
});
